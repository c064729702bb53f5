//! What shoppers who text a shop are answered. One segment with a shop's name of 20 characters.

use super::locale::Language;
use crate::template::{Body, System, Variables};

/// The answer to `HELP`, and to whatever is not understood: where to find help, and how to end
/// texts.
#[must_use]
pub fn help(language: Language, store: &str, help_url: &str) -> String {
    let body = match language {
        Language::English => "{{store}}: get help at {{help_url}}. Reply STOP to opt out.",
        Language::Welsh => "{{store}}: cymorth yn {{help_url}}. Atebwch STOP i roi'r gorau iddi.",
        Language::German => "{{store}}: Hilfe unter {{help_url}}. Mit STOP melden Sie sich ab.",
        Language::French => "{{store}}: aide sur {{help_url}}. Répondez STOP pour vous désabonner.",
        Language::Spanish => "{{store}}: ayuda en {{help_url}}. Responde STOP para darte de baja.",
        Language::Italian => "{{store}}: aiuto su {{help_url}}. Rispondi STOP per disiscriverti.",
        Language::Polish => "{{store}}: pomoc na {{help_url}}. Rezygnacja: odpisz STOP.",
        Language::Portuguese => "{{store}}: ajuda em {{help_url}}. Responda STOP para sair.",
        Language::Dutch => "{{store}}: hulp op {{help_url}}. Antwoord STOP om je af te melden.",
        Language::Arabic => "مساعدة {{store}}: {{help_url}} للإلغاء: STOP",
    };
    fill(body, &Variables::default().with(System::Store, store).with(System::HelpUrl, help_url))
}

/// The answer to `STOP`.
#[must_use]
pub fn stopped(language: Language, store: &str) -> String {
    let body = match language {
        Language::English => {
            "{{store}}: you have opted out. We will send you no more marketing texts."
        }
        Language::Welsh => "{{store}}: ni fyddwn yn anfon rhagor o negeseuon marchnata atoch.",
        Language::German => "{{store}}: Sie sind abgemeldet. Wir senden Ihnen keine Werbung mehr.",
        Language::French => {
            "{{store}}: désabonnement confirmé. Vous ne recevrez plus de publicité."
        }
        Language::Spanish => "{{store}}: baja confirmada. Ya no te enviaremos publicidad.",
        Language::Italian => "{{store}}: iscrizione annullata. Non riceverai altra pubblicità.",
        Language::Polish => "{{store}}: numer wypisany. Nie otrzymasz od nas reklam.",
        Language::Portuguese => "{{store}}: pedido aceite. Deixa de receber a nossa publicidade.",
        Language::Dutch => "{{store}}: je bent afgemeld. We sturen je geen reclame meer.",
        Language::Arabic => "تم الإلغاء. لن تصلك إعلانات من {{store}}",
    };
    fill(body, &Variables::default().with(System::Store, store))
}

fn fill(body: &str, variables: &Variables) -> String {
    let body = Body::parse(body).expect("built-in replies are well-formed");
    body.render(variables).expect("built-in replies have no other placeholders")
}
