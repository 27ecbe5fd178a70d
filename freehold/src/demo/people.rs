//! The people of the sample organisation: names from where hospital staff come from, posts that fit.

use std::collections::HashSet;

use domain::import::{ImportedPerson, PersonKey, RoleHint};
use rand::{
    RngExt,
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};

use super::{MAIL_DOMAIN, Size};

/// A group of technicians.
pub(super) struct Group {
    pub(super) name: &'static str,
    /// How many belong to it, and how many of them share tokens instead of having a seat.
    members: usize,
    sharing: usize,
}

/// The groups; tickets without a better address go to the first.
pub(super) const GROUPS: [Group; 6] = [
    Group { name: "Service Desk", members: 10, sharing: 3 },
    Group { name: "Workplace", members: 8, sharing: 4 },
    Group { name: "Identity and Access", members: 5, sharing: 2 },
    Group { name: "Networks", members: 6, sharing: 2 },
    Group { name: "Clinical Applications", members: 7, sharing: 3 },
    Group { name: "Business Systems", members: 4, sharing: 2 },
];

/// The site where German is spoken.
pub(super) const GERMAN_SITE: &str = "Klinik Nordhafen";
/// The sites, large ones more than once.
const SITES: [&str; 8] = [
    "Marlow General",
    "Marlow General",
    "Marlow General",
    "St Anne's Clinic",
    "St Anne's Clinic",
    "Riverside Outpatients",
    "Head Office",
    GERMAN_SITE,
];

/// Departments, their posts, and how many of a hundred people work there.
const DEPARTMENTS: [(&str, &[&str], usize); 14] = [
    ("Nursing", &["Staff nurse", "Senior sister", "Charge nurse", "Healthcare assistant"], 26),
    ("Emergency", &["Emergency nurse", "Consultant", "Registrar", "Receptionist"], 9),
    ("Surgery", &["Consultant surgeon", "Theatre nurse", "Anaesthetist", "Scrub practitioner"], 9),
    ("Medicine", &["Consultant", "Registrar", "Foundation doctor"], 9),
    ("Radiology", &["Radiographer", "Radiologist", "Imaging assistant"], 6),
    ("Laboratory", &["Biomedical scientist", "Phlebotomist", "Pathologist"], 6),
    ("Pharmacy", &["Pharmacist", "Pharmacy technician"], 5),
    ("Maternity", &["Midwife", "Ward clerk", "Community midwife"], 5),
    ("Outpatients", &["Receptionist", "Medical secretary", "Clinic coordinator"], 9),
    ("Therapies", &["Physiotherapist", "Occupational therapist", "Dietitian"], 5),
    ("Finance", &["Accountant", "Accounts payable clerk", "Financial controller"], 3),
    ("Human Resources", &["HR adviser", "Payroll officer"], 3),
    ("Estates", &["Facilities manager", "Electrician", "Porter"], 3),
    ("Administration", &["Office manager", "Personal assistant", "Data protection officer"], 2),
];

const FIRST: &[&str] = &[
    "Amara",
    "Anna",
    "Aoife",
    "Arjun",
    "Asha",
    "Astrid",
    "Ayodele",
    "Beatriz",
    "Ben",
    "Bilal",
    "Brigid",
    "Camille",
    "Carlos",
    "Catherine",
    "Chinwe",
    "Chloé",
    "Daniel",
    "David",
    "Deepa",
    "Dimitri",
    "Edith",
    "Efua",
    "Elena",
    "Elif",
    "Emeka",
    "Emily",
    "Esther",
    "Fatima",
    "Femi",
    "Fiona",
    "Francesca",
    "Gareth",
    "George",
    "Grace",
    "Hamza",
    "Hannah",
    "Harriet",
    "Hiroshi",
    "Ibrahim",
    "Imogen",
    "Inês",
    "Irina",
    "Isaac",
    "Ivan",
    "Jack",
    "James",
    "Jasmin",
    "Joanna",
    "João",
    "Joseph",
    "Kamala",
    "Karolina",
    "Kofi",
    "Kwame",
    "Laila",
    "Leon",
    "Linh",
    "Lucía",
    "Magda",
    "Marek",
    "Maria",
    "Marta",
    "Mei",
    "Mihai",
    "Miriam",
    "Mohammed",
    "Nadia",
    "Naomi",
    "Nguyet",
    "Niamh",
    "Nikolai",
    "Noor",
    "Olga",
    "Oliver",
    "Omar",
    "Owen",
    "Patrick",
    "Pilar",
    "Priya",
    "Rachel",
    "Rahul",
    "Rosa",
    "Ruth",
    "Samuel",
    "Sanjay",
    "Sarah",
    "Siân",
    "Sofia",
    "Stephen",
    "Sunita",
    "Tariq",
    "Theresa",
    "Thomas",
    "Tomasz",
    "Uzma",
    "Victor",
    "Wanjiru",
    "Wei",
    "William",
    "Yusuf",
    "Zainab",
    "Zofia",
];

const GERMAN_FIRST: &[&str] = &[
    "Anke",
    "Annegret",
    "Björn",
    "Birgit",
    "Christoph",
    "Dörte",
    "Felix",
    "Frauke",
    "Gesa",
    "Hanno",
    "Heike",
    "Henning",
    "Ingrid",
    "Jan",
    "Jens",
    "Jörg",
    "Jürgen",
    "Katharina",
    "Lena",
    "Maren",
    "Matthias",
    "Meike",
    "Nils",
    "Petra",
    "Silke",
    "Sönke",
    "Stefan",
    "Svenja",
    "Torsten",
    "Ute",
    "Wiebke",
];

const LAST: &[&str] = &[
    "Abbott",
    "Adeyemi",
    "Agarwal",
    "Ahmed",
    "Akhtar",
    "Andrade",
    "Appiah",
    "Baker",
    "Banerjee",
    "Barnes",
    "Begum",
    "Bianchi",
    "Brennan",
    "Byrne",
    "Campbell",
    "Carvalho",
    "Chan",
    "Chaudhry",
    "Clarke",
    "Costa",
    "Cruz",
    "Davies",
    "Desai",
    "Diallo",
    "Dubois",
    "Edwards",
    "Evans",
    "Fernandes",
    "Fletcher",
    "Gallagher",
    "García",
    "Georgiou",
    "Ghosh",
    "Griffiths",
    "Hall",
    "Hassan",
    "Horvat",
    "Hughes",
    "Hussain",
    "Ibrahim",
    "Ionescu",
    "Iqbal",
    "Ivanova",
    "Jackson",
    "Jones",
    "Joshi",
    "Kamau",
    "Kaur",
    "Kelly",
    "Khan",
    "Kim",
    "Kovács",
    "Kowalska",
    "Kumar",
    "Lewis",
    "Li",
    "Lopes",
    "Macdonald",
    "Malik",
    "Marsh",
    "Mbeki",
    "Mehta",
    "Mensah",
    "Moreau",
    "Morgan",
    "Mwangi",
    "Nair",
    "Ndlovu",
    "Nguyen",
    "Novak",
    "Nowak",
    "Obi",
    "O'Connor",
    "Okafor",
    "Okonkwo",
    "Oliveira",
    "O'Neill",
    "Osei",
    "Owusu",
    "Papadopoulos",
    "Parker",
    "Patel",
    "Pereira",
    "Petrova",
    "Phillips",
    "Popescu",
    "Price",
    "Qureshi",
    "Rahman",
    "Ramos",
    "Rao",
    "Reid",
    "Roberts",
    "Rossi",
    "Santos",
    "Sato",
    "Shah",
    "Sharma",
    "Silva",
    "Singh",
    "Smith",
    "Sousa",
    "Stewart",
    "Suleiman",
    "Taylor",
    "Thomas",
    "Tran",
    "Turner",
    "Usman",
    "Walsh",
    "Watanabe",
    "Williams",
    "Wilson",
    "Wójcik",
    "Wong",
    "Wright",
    "Yilmaz",
    "Zhang",
];

const GERMAN_LAST: &[&str] = &[
    "Albers",
    "Brandt",
    "Carstens",
    "Diekmann",
    "Ehlers",
    "Friedrichs",
    "Groß",
    "Hansen",
    "Jansen",
    "Jürgens",
    "Klüver",
    "Köhler",
    "Krüger",
    "Lüders",
    "Mahnke",
    "Möller",
    "Oltmanns",
    "Petersen",
    "Rühmann",
    "Schröder",
    "Schütt",
    "Thießen",
    "Voß",
    "Weber",
    "Wulff",
];

/// Everybody, and what the other parts need to know of them.
pub(super) struct Crowd {
    /// Everybody, technicians first.
    pub(super) people: Vec<ImportedPerson>,
    /// The technicians.
    pub(super) agents: Vec<Agent>,
}

/// A technician.
pub(super) struct Agent {
    pub(super) key: PersonKey,
    pub(super) name: String,
    /// Place in [`GROUPS`].
    pub(super) group: usize,
    /// Whether they share tokens.
    pub(super) concurrent: bool,
}

pub(super) fn people(size: Size, random: &mut StdRng) -> Crowd {
    let mut taken = HashSet::new();
    let mut crowd = Crowd { people: Vec::with_capacity(size.people), agents: Vec::new() };
    for (place, group) in GROUPS.iter().enumerate() {
        for member in 0..group.members {
            let mut person = person(random, &mut taken);
            person.role = RoleHint::Agent;
            person.department = Some("Information Technology".to_owned());
            let title = if member == 0 { "Team lead" } else { "Technician" };
            person.title = Some(format!("{title}, {}", group.name));
            person.groups = vec![group.name.to_owned()];
            crowd.agents.push(Agent {
                key: person.key.clone(),
                name: person.display_name.clone(),
                group: place,
                concurrent: member >= group.members - group.sharing,
            });
            crowd.people.push(person);
        }
    }
    for (department, title) in [
        ("Information Technology", "Head of service management"),
        ("Information Technology", "Licence manager"),
        ("Finance", "Chief financial officer"),
        ("Administration", "Internal auditor"),
    ] {
        let mut person = person(random, &mut taken);
        (person.department, person.title) = (Some(department.to_owned()), Some(title.to_owned()));
        crowd.people.push(person);
    }
    while crowd.people.len() < size.people {
        crowd.people.push(person(random, &mut taken));
    }
    let technicians = crowd.agents.len();
    crowd.people[technicians + 4..].shuffle(random);
    crowd
}

fn person(random: &mut StdRng, taken: &mut HashSet<String>) -> ImportedPerson {
    let site = *SITES.choose(random).unwrap_or(&GERMAN_SITE);
    let (first, last) = if site == GERMAN_SITE { (GERMAN_FIRST, GERMAN_LAST) } else { (FIRST, LAST) };
    let (first, last) = loop {
        let pick = |names: &[&'static str], random: &mut StdRng| names[random.random_range(0..names.len())];
        let name = (pick(first, random), pick(last, random));
        if taken.insert(local_part(name.0, name.1)) {
            break name;
        }
    };
    let mut place = random.random_range(0..100);
    let mut chosen = &DEPARTMENTS[0];
    for department in &DEPARTMENTS {
        chosen = department;
        if place < department.2 {
            break;
        }
        place -= department.2;
    }
    let title = chosen.1[random.random_range(0..chosen.1.len())];
    let local = local_part(first, last);
    ImportedPerson {
        email: format!("{local}@{MAIL_DOMAIN}"),
        key: PersonKey(local),
        display_name: format!("{first} {last}"),
        role: RoleHint::Requester,
        department: Some(chosen.0.to_owned()),
        title: Some(title.to_owned()),
        location: Some(site.to_owned()),
        groups: Vec::new(),
    }
}

/// `joao.o-connor` for João O'Connor: as the organisation's mail administrators spell it.
fn local_part(first: &str, last: &str) -> String {
    let mut local = String::new();
    for letter in format!("{first}.{last}").to_lowercase().chars() {
        match letter {
            'ä' => local.push_str("ae"),
            'ö' => local.push_str("oe"),
            'ü' => local.push_str("ue"),
            'ß' => local.push_str("ss"),
            'á' | 'â' | 'ã' | 'à' => local.push('a'),
            'é' | 'ê' | 'è' => local.push('e'),
            'í' | 'î' => local.push('i'),
            'ó' | 'ô' => local.push('o'),
            'ú' => local.push('u'),
            'ł' => local.push('l'),
            letter if letter.is_ascii_alphanumeric() || letter == '.' => local.push(letter),
            _ => {}
        }
    }
    local
}
