//! Multinomial naive Bayes over TF-IDF: what each feature says for each request type.

use std::collections::HashMap;

use super::features::{Feature, Features};
use super::phrases::Phrase;

/// What a type is granted of every feature before a phrase was seen, so that no single feature can
/// exclude it. Found by leaving out one voice at a time; between 0.02 and 0.2 it makes little difference.
const SMOOTHING: f64 = 0.06;
/// How steeply likelihood turns into a share: 1 would treat features as independent, which they are not.
const STEEPNESS: f64 = 0.6;

/// What is known of a feature.
#[derive(Debug, Clone, Default)]
struct Evidence {
    /// In how many phrases it occurs.
    phrases: f64,
    /// What it adds to the types that have it, by their place.
    votes: Vec<(usize, f64)>,
}

/// What was learnt.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    types: Vec<String>,
    /// How many phrases were learnt.
    phrases: f64,
    /// What a unit of any feature costs each type: the logarithm of all that it has.
    costs: Vec<f64>,
    evidence: HashMap<Feature, Evidence>,
}

impl Model {
    /// Learns from phrases.
    pub(super) fn learn(phrases: &[Phrase]) -> Self {
        let mut read: Vec<(&str, Features)> = phrases
            .iter()
            .map(|phrase| (phrase.request_type.as_str(), Features::of(&phrase.words)))
            .collect();
        read.sort_by_key(|(request_type, _)| *request_type);
        let mut model = Self::default();
        for (_, features) in &read {
            model.phrases += 1.0;
            for (feature, _) in features.words.iter().chain(&features.pieces) {
                model.evidence.entry(*feature).or_default().phrases += 1.0;
            }
        }
        let granted = SMOOTHING * model.evidence.values().map(|_| 1.0).sum::<f64>();
        for of_type in read.chunk_by(|(one, _), (other, _)| one == other) {
            let total: f64 = of_type.iter().map(|(_, features)| model.collect(features)).sum();
            model.costs.push((granted + total).ln());
            model.types.extend(of_type.first().map(|(request_type, _)| (*request_type).to_owned()));
        }
        for (_, vote) in model.evidence.values_mut().flat_map(|known| &mut known.votes) {
            *vote = (*vote / SMOOTHING).ln_1p();
        }
        model
    }

    /// Adds the weights of a phrase's features to the type that is being learnt, the next one; their sum.
    fn collect(&mut self, features: &Features) -> f64 {
        let place = self.types.len();
        let weighed = self.weighed(features);
        for (feature, weight) in &weighed {
            let Some(known) = self.evidence.get_mut(feature) else { continue };
            match known.votes.last_mut() {
                Some((last, sum)) if *last == place => *sum += weight,
                _ => known.votes.push((place, *weight)),
            }
        }
        weighed.iter().map(|(_, weight)| weight).sum()
    }

    /// The types that were learnt, in alphabetical order.
    pub(super) fn types(&self) -> &[String] {
        &self.types
    }

    /// The share of the likelihood that each type has, in the types' order; empty if no word is known.
    pub(super) fn shares(&self, features: &Features) -> Vec<f64> {
        if !features.words.iter().any(|(feature, _)| self.evidence.contains_key(feature)) {
            return Vec::new();
        }
        let weighed = self.weighed(features);
        let total: f64 = weighed.iter().map(|(_, weight)| weight).sum();
        let mut sums: Vec<f64> = self.costs.iter().map(|cost| -cost * total).collect();
        for (feature, weight) in &weighed {
            for (place, vote) in
                self.evidence.get(feature).into_iter().flat_map(|known| &known.votes)
            {
                if let Some(sum) = sums.get_mut(*place) {
                    *sum += weight * vote;
                }
            }
        }
        shares(&sums)
    }

    /// The known features of a text with their weights.
    fn weighed(&self, features: &Features) -> Vec<(Feature, f64)> {
        let mut weighed = self.block(&features.words);
        weighed.extend(self.block(&features.pieces));
        weighed
    }

    /// The known features of one kind with their weights, which have the length 1 together.
    fn block(&self, features: &[(Feature, f64)]) -> Vec<(Feature, f64)> {
        let known = features.iter().filter_map(|(feature, count)| {
            let with = self.evidence.get(feature)?.phrases;
            let rarity = ((1.0 + self.phrases) / (1.0 + with)).ln() + 1.0;
            Some((*feature, (1.0 + count.ln()) * rarity))
        });
        let weights: Vec<(Feature, f64)> = known.collect();
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        weights.into_iter().map(|(feature, weight)| (feature, weight / length)).collect()
    }
}

/// Log likelihoods as shares that add up to 1.
fn shares(sums: &[f64]) -> Vec<f64> {
    let highest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let likelihoods: Vec<f64> =
        sums.iter().map(|sum| (STEEPNESS * (sum - highest)).exp()).collect();
    let total: f64 = likelihoods.iter().sum();
    likelihoods.into_iter().map(|likelihood| likelihood / total).collect()
}
