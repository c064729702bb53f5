//! Words that sell.
//!
//! A heuristic: it finds what is plainly promotion in a text that should have none, so that a shop
//! thinks again before it sends marketing without consent. It knows few words, takes some of them
//! amiss, and does not prove that a text is free of promotion.

use crate::text::{
    fold,
    locale::{Language, Locale},
};

/// What was found, as it stands in the text or in the list.
pub(crate) struct Promotion(pub(crate) String);

/// The first word or phrase of the locale's language that sells, or a percentage.
pub(crate) fn find(locale: &Locale, words: &str) -> Option<Promotion> {
    let folded = fold::words(words);
    let listed = locale.language().parse().ok().and_then(|language| {
        phrases(language).split(", ").find(|phrase| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            folded.windows(phrase.len()).any(|window| window == phrase)
        })
    });
    listed.map(str::to_owned).or_else(|| percentage(words)).map(Promotion)
}

/// A number with a per cent sign.
fn percentage(words: &str) -> Option<String> {
    words.match_indices(['%', '٪']).find_map(|(at, _)| {
        let number = words[..at].trim_end().rsplit(|c: char| !c.is_numeric()).next()?;
        (!number.is_empty()).then(|| format!("{number}%"))
    })
}

/// Words and phrases with `, ` between them, as `fold::words` leaves them: lower case, no accents.
const fn phrases(language: Language) -> &'static str {
    match language {
        Language::English => {
            "sale, discount, discounts, offer, offers, deal, deals, promo, promotion, voucher, \
            coupon, bargain, bargains, free delivery, free shipping, free gift, buy now, shop \
            now, order now, limited time, last chance, black friday, cyber monday, new arrivals, \
            money off, half price"
        }
        Language::Welsh => {
            "gostyngiad, gostyngiadau, cynnig, cynigion, arwerthiant, taleb, bargen, bargeinion, \
            am ddim, hanner pris, prynwch nawr"
        }
        Language::German => {
            "rabatt, rabatte, angebot, angebote, sonderangebot, gutschein, schnappchen, sale, \
            ausverkauf, gratis, jetzt kaufen, jetzt bestellen"
        }
        Language::French => {
            "soldes, promo, promos, promotion, promotions, remise, remises, reduction, \
            reductions, offre, offres, bon plan, bons plans, vente privee, livraison gratuite, \
            achetez"
        }
        Language::Spanish => {
            "oferta, ofertas, descuento, descuentos, rebaja, rebajas, promocion, promociones, \
            cupon, gratis, compra ya, compra ahora"
        }
        Language::Italian => {
            "offerta, offerte, sconto, sconti, saldi, promo, promozione, promozioni, gratis, \
            acquista ora, compra ora"
        }
        Language::Polish => {
            "promocja, promocje, promocji, rabat, rabaty, rabatu, znizka, znizki, wyprzedaz, \
            okazja, kupon, gratis, kup teraz"
        }
        Language::Portuguese => {
            "oferta, ofertas, desconto, descontos, promocao, promocoes, saldos, cupao, cupom, \
            gratis, compre ja, compre agora"
        }
        Language::Dutch => {
            "korting, kortingen, kortingscode, aanbieding, aanbiedingen, uitverkoop, gratis, koop \
            nu, shop nu, bestel nu"
        }
        Language::Arabic => {
            "خصم, الخصم, خصومات, عرض, عروض, العروض, تخفيض, تخفيضات, تنزيلات, كوبون, مجانا, تسوق \
            الان"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_written_as_texts_are_folded() {
        for phrase in Language::ALL.iter().flat_map(|l| phrases(*l).split(", ")) {
            assert_eq!(fold::words(phrase).join(" "), phrase);
        }
    }
}
