//! Multinomial naive Bayes over TF-IDF: what each feature says for each request type.

use std::collections::{BTreeMap, HashMap};

use super::features::{Feature, Features};
use super::phrases::Phrase;

/// What a type is granted of every feature before a phrase was seen, so that no single feature can
/// exclude it. Found by leaving out one voice at a time.
const SMOOTHING: f64 = 0.02;
/// How steeply likelihood turns into a share: 1 would treat features as independent, which they are not.
const STEEPNESS: f64 = 0.3;

/// What is known of a feature.
#[derive(Debug, Clone, Default)]
struct Evidence {
    /// How much it says: the logarithm of how rare it is among the phrases.
    rarity: f64,
    /// What it adds to the types that have it, by their place.
    votes: Vec<(usize, f64)>,
}

/// What was learnt.
#[derive(Debug, Clone)]
pub(super) struct Model {
    types: Vec<String>,
    /// What a unit of any feature costs each type: the logarithm of all that it has.
    costs: Vec<f64>,
    evidence: HashMap<Feature, Evidence>,
}

impl Model {
    /// Learns from phrases.
    pub(super) fn learn(phrases: &[Phrase]) -> Self {
        let mut types: Vec<String> =
            phrases.iter().map(|phrase| phrase.request_type.clone()).collect();
        types.sort_unstable();
        types.dedup();
        let read: Vec<(usize, Features)> = phrases
            .iter()
            .map(|phrase| {
                (
                    types.partition_point(|kind| *kind < phrase.request_type),
                    Features::of(&phrase.words),
                )
            })
            .collect();
        let mut model = Self { costs: Vec::new(), evidence: rarities(&read), types };
        // Ordered, so that sums of floating-point numbers come out the same in every run.
        let mut weights: BTreeMap<Feature, BTreeMap<usize, f64>> = BTreeMap::new();
        for (kind, features) in &read {
            for (feature, weight) in model.weighed(features) {
                *weights.entry(feature).or_default().entry(*kind).or_default() += weight;
            }
        }
        let mut totals: Vec<f64> = model.types.iter().map(|_| 0.0).collect();
        for (feature, by_kind) in &weights {
            for (kind, total) in totals.iter_mut().enumerate() {
                *total += SMOOTHING + by_kind.get(&kind).copied().unwrap_or_default();
            }
            if let Some(evidence) = model.evidence.get_mut(feature) {
                evidence.votes = by_kind
                    .iter()
                    .map(|(kind, weight)| (*kind, (weight / SMOOTHING).ln_1p()))
                    .collect();
            }
        }
        model.costs = totals.into_iter().map(f64::ln).collect();
        model
    }

    /// Every type with its share of the likelihood; empty if no word of the text is known.
    pub(super) fn likelihoods(&self, features: &Features) -> Vec<(&str, f64)> {
        if !features.words.iter().any(|(feature, _)| self.evidence.contains_key(feature)) {
            return Vec::new();
        }
        let weighed = self.weighed(features);
        let total: f64 = weighed.iter().map(|(_, weight)| weight).sum();
        let mut sums: Vec<f64> = self.costs.iter().map(|cost| -cost * total).collect();
        for (feature, weight) in &weighed {
            for (kind, vote) in
                self.evidence.get(feature).into_iter().flat_map(|known| &known.votes)
            {
                if let Some(sum) = sums.get_mut(*kind) {
                    *sum += weight * vote;
                }
            }
        }
        self.types.iter().map(String::as_str).zip(shares(&sums)).collect()
    }

    /// The known features of a text with their weights; words and pieces each have the length 1.
    fn weighed(&self, features: &Features) -> Vec<(Feature, f64)> {
        let mut weighed = self.block(&features.words);
        weighed.extend(self.block(&features.pieces));
        weighed
    }

    /// The weights of one kind of features.
    fn block(&self, features: &[(Feature, f64)]) -> Vec<(Feature, f64)> {
        let known = features.iter().filter_map(|(feature, count)| {
            Some((*feature, (1.0 + count.ln()) * self.evidence.get(feature)?.rarity))
        });
        let weights: Vec<(Feature, f64)> = known.collect();
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        weights.into_iter().map(|(feature, weight)| (feature, weight / length)).collect()
    }
}

/// Every feature of the phrases with its rarity, without votes.
fn rarities(read: &[(usize, Features)]) -> HashMap<Feature, Evidence> {
    let mut phrases_with: HashMap<Feature, f64> = HashMap::new();
    for (_, features) in read {
        for (feature, _) in features.words.iter().chain(&features.pieces) {
            *phrases_with.entry(*feature).or_default() += 1.0;
        }
    }
    let phrases: f64 = read.iter().map(|_| 1.0).sum();
    let evidence = |with: f64| Evidence {
        rarity: ((1.0 + phrases) / (1.0 + with)).ln() + 1.0,
        votes: Vec::new(),
    };
    phrases_with.into_iter().map(|(feature, with)| (feature, evidence(with))).collect()
}

/// Log likelihoods as shares that add up to 1.
fn shares(sums: &[f64]) -> Vec<f64> {
    let highest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let likelihoods: Vec<f64> =
        sums.iter().map(|sum| (STEEPNESS * (sum - highest)).exp()).collect();
    let total: f64 = likelihoods.iter().sum();
    likelihoods.into_iter().map(|likelihood| likelihood / total).collect()
}
