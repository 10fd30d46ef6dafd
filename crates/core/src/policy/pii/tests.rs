use super::*;

#[test]
fn the_samples_are_found() {
    let detector = Detector::new();
    let findings = detector.scan("Thanks,\nR. Ibarra\nSite Admin");
    assert_eq!(findings.len(), 1);
}
