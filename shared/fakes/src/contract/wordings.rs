//! Wordings: kept once, and found as they were.

use doorstep_domain::{Mode, consent::Wording, ports::Wordings};

use crate::{sample::fresh_keys, together};

/// What [`Wordings`] promises: the same words may come again and again, also at once.
pub async fn wordings(ports: &impl Wordings) {
    let keys = fresh_keys(Mode::Test);
    let wording = Wording("Text me offers from Corner Shop, Siop Tŷ.".to_owned());
    let hash = wording.hash();
    assert_eq!(ports.find(&keys, &hash).await.unwrap(), None);
    for _ in 0..2 {
        ports.keep(&keys, &hash, &wording).await.unwrap();
    }
    let others = fresh_keys(Mode::Live);
    for answer in together((0..4).map(|_| ports.keep(&others, &hash, &wording))).await {
        answer.unwrap();
    }
    let unknown = Wording("Text me more.".to_owned()).hash();
    for keys in [&keys, &others] {
        assert_eq!(ports.find(keys, &hash).await.unwrap().as_ref(), Some(&wording));
        assert_eq!(ports.find(keys, &unknown).await.unwrap(), None);
    }
}
