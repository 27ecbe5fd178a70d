// Photos and files, shown before they are sent. What the camera takes joins what was chosen from the gallery.

document.addEventListener('change', ({ target }) => {
  const box = target.closest('[data-photos]');
  if (!box) return;
  const main = box.querySelector('input');
  if (target !== main) {
    const all = new DataTransfer();
    for (const file of [...main.files, ...target.files]) all.items.add(file);
    main.files = all.files;
    target.value = '';
  }
  const line = (file) => {
    const item = document.createElement('li');
    item.textContent = file.name;
    // What is no picture has its name.
    createImageBitmap(file, { resizeHeight: 96 }).then(
      (picture) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [picture.width, picture.height];
        canvas.getContext('bitmaprenderer').transferFromImageBitmap(picture);
        item.prepend(canvas);
      },
      () => {},
    );
    return item;
  };
  box.querySelector('ul').replaceChildren(...[...main.files].slice(0, 10).map(line));
});
