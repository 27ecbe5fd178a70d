//! The catalogue at the door: what people can request, and the devices they work with.

mod device;
mod keep;
mod look;
mod request;

pub use device::{AddDevice, ChangeDevice, DeviceFields, DeviceOf, DeviceView, DevicesOf, RemoveDevice};
pub use keep::{ItemWritten, WriteItem};
pub use look::{Catalogue, FindItems, ItemView, OneItem, RequestOf, RequestView};
pub use request::{RequestItem, Said};
