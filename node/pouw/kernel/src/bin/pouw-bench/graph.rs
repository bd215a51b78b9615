//! The graph of a sparse factor: an edge for each column of k, between the two columns of U that it selects.

use std::collections::{HashMap, VecDeque};

/// Column `c` of k, which is column `p` of U less its column `q`.
#[derive(Copy, Clone)]
pub struct Edge {
    pub c: u16,
    pub p: u16,
    pub q: u16,
}

/// The root of every vertex's component.
pub fn roots(edges: &[Edge], vertices: usize) -> Vec<u16> {
    let mut parent: Vec<u16> = (0..vertices as u16).collect();
    fn find(parent: &mut [u16], mut v: u16) -> u16 {
        while parent[usize::from(v)] != v {
            let up = parent[usize::from(parent[usize::from(v)])];
            parent[usize::from(v)] = up;
            v = up;
        }
        v
    }
    for edge in edges {
        let (p, q) = (find(&mut parent, edge.p), find(&mut parent, edge.q));
        parent[usize::from(p)] = q;
    }
    (0..vertices as u16).map(|v| find(&mut parent, v)).collect()
}

/// Edges by their index, each with whether it is walked from `p` to `q`.
pub type Cycle = Vec<(usize, bool)>;

/// Cycles that share no edge, the shortest ones first.
pub fn disjoint_cycles(edges: &[Edge]) -> Vec<Cycle> {
    let mut free: Vec<usize> = (0..edges.len()).collect();
    let mut found = Vec::new();
    loop {
        let mut neighbours: HashMap<u16, Vec<Step>> = HashMap::new();
        for edge in &free {
            let Edge { p, q, .. } = edges[*edge];
            let mut add = |from, to, forward| {
                let step = Step {
                    edge: *edge,
                    forward,
                    to,
                };
                neighbours.entry(from).or_default().push(step);
            };
            add(p, q, true);
            add(q, p, false);
        }
        let through = |edge: &usize| cycle_through(*edge, edges[*edge], &neighbours);
        let Some(shortest) = free.iter().filter_map(through).min_by_key(Vec::len) else {
            return found;
        };
        free.retain(|edge| shortest.iter().all(|(taken, _)| taken != edge));
        found.push(shortest);
    }
}

/// A way out of a vertex.
struct Step {
    edge: usize,
    forward: bool,
    to: u16,
}

/// The shortest cycle through an edge, which is its first.
fn cycle_through(
    edge: usize,
    Edge { p, q, .. }: Edge,
    neighbours: &HashMap<u16, Vec<Step>>,
) -> Option<Cycle> {
    // From q back to p; every vertex with the way on which it was reached.
    let mut reached = HashMap::from([(q, None)]);
    let mut next = VecDeque::from([q]);
    while let Some(v) = next.pop_front().filter(|_| !reached.contains_key(&p)) {
        for step in neighbours.get(&v).into_iter().flatten() {
            if step.edge != edge && !reached.contains_key(&step.to) {
                reached.insert(step.to, Some((v, step)));
                next.push_back(step.to);
            }
        }
    }
    let mut cycle = vec![(edge, true)];
    let mut v = p;
    while let Some((from, step)) = *reached.get(&v)? {
        cycle.push((step.edge, step.forward));
        v = from;
    }
    Some(cycle)
}
