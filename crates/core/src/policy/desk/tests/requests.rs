//! Requests as people make them, answered by hand out of the texts of the policies.

use super::*;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    id: String,
    request_type: RequestType,
    requester_kind: RequesterKind,
    channel: Channel,
    facts: Facts,
    outcome: Outcome,
    effects: Vec<Effect>,
    story: String,
}

const REQUESTS: &str = include_str!("../../../../tests/data/desk_requests.jsonl");

#[test]
fn every_request_gets_the_answer_that_the_texts_give() {
    let requests: Vec<Asked> =
        REQUESTS.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(requests.len() >= 250);
    let wrong: Vec<String> = requests.into_iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn wrong(mut request: Asked) -> Option<String> {
    let decision = policy().evaluate(&Inquiry {
        request_type: request.request_type,
        requester: request.requester_kind,
        channel: request.channel,
        facts: request.facts,
        copy_on_referrals: false,
    });
    request.effects.sort_unstable();
    let right = decision.outcome == request.outcome && decision.effects == request.effects;
    let expected = format!("{} {:?}", request.outcome, request.effects);
    let Asked { id, story, .. } = request;
    (!right).then(|| format!("{id} {story}\nexpected {expected}\n{}\n", decision.explain()))
}
