//! How long the detector of personal data takes: a scan of 4 KB of mail, of as much worst-case text, and
//! the building of a detector.

use std::hint::black_box;

use caredesk_core::policy::pii::{Case, Detector};
use criterion::{Criterion, Throughput};

/// Bytes of a scan.
const SIZE: usize = 4096;

/// Mail as it comes in, repeated to the size of a scan.
fn mail() -> String {
    let letter = "Hello,\n\nmy daughter Nora Lindqvist (child ID 330219) can't sign the waiver. Her DOB is \
        4/4/2014 and the page failed on 4/4/2025 in Chrome 131. We moved to 12 Fern Hollow Rd, Keene, \
        NH 03431, so please text me at 702-555-0171 or write to tina.r@example.com. Sex: female. The \
        member id KQG220918334 was rejected twice, and nobody at Hope Center for Children could help.\n\n\
        Gracias,\nR. Ibarra\nSite Admin\n\n";
    letter.chars().cycle().take(SIZE).collect()
}

/// The same in Spanish, with accents.
fn correo() -> String {
    let letter = "Buenos días:\n\nmi hija Sofía Peña (niña 330219) nació el 5 de junio de 2016 y el error salió el \
        5 de junio de 2025. Vivimos en la Calle Olmo 14, piso 3, 28013 Madrid; mi teléfono es 612 345 678 y mi \
        correo rosa.q@example.mx. Sexo: femenino. La póliza GNP-4471920 ya venció y en el Colegio San José \
        nadie contesta. ¿Me ayudan?\n\nGracias,\nGuadalupe Iturbide\n\n";
    let mut mail = letter.repeat(SIZE / letter.len() + 1);
    mail.truncate(mail.floor_char_boundary(SIZE));
    mail
}

fn scan(c: &mut Criterion) {
    let detector = Detector::new();
    let mut group = c.benchmark_group("pii");
    group.throughput(Throughput::Bytes(SIZE.try_into().unwrap_or_default()));
    let mail = mail();
    group.bench_function("scan 4 KB of mail", |b| b.iter(|| detector.scan(black_box(&mail))));
    let correo = correo();
    group.bench_function("scan 4 KB of Spanish mail", |b| {
        b.iter(|| detector.scan(black_box(&correo)));
    });
    let digits = "1234567890 ".repeat(SIZE / 11);
    group.bench_function("scan 4 KB of digits", |b| b.iter(|| detector.scan(black_box(&digits))));
    group.bench_function("mask 4 KB of mail", |b| {
        b.iter(|| detector.mask(black_box(&mail), &mut Case::new()));
    });
    group.finish();
    c.bench_function("pii/build", |b| b.iter(Detector::new));
}

/// Runs the benchmarks.
fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    scan(&mut criterion);
    criterion.final_summary();
}
