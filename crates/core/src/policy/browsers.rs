//! stub
/// s
#[derive(Debug, Clone)]
pub struct Browsers;
/// s
#[derive(Debug, Clone)]
pub struct BrowserJudgement;
impl Browsers {
    /// s
    pub fn built_in() -> Self {
        Self
    }
    /// s
    pub fn parse(_: &str, _: &str) -> Result<Self, Vec<super::desk::RuleFault>> {
        Ok(Self)
    }
    /// s
    pub fn judge(&self, _: &str) -> BrowserJudgement {
        BrowserJudgement
    }
}
