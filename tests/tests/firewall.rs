//! What the firewall's template must never come to.

const TEMPLATE: &str = include_str!("../../infra/firewall.yaml");

fn lines_with(word: &str) -> Vec<&str> {
    TEMPLATE.lines().filter(|line| line.contains(word)).collect()
}

#[test]
fn no_request_is_logged_or_sampled() {
    assert!(lines_with("SampledRequestsEnabled: true").is_empty());
    let configs = lines_with("VisibilityConfig:");
    assert!(configs.len() >= 5, "one of the list, and one of each rule");
    assert!(configs.iter().all(|line| line.contains("SampledRequestsEnabled: false")));
    for kept in ["LoggingConfiguration", "Logging:", "RealtimeLogConfig", "LogDestinationConfigs"] {
        assert!(lines_with(kept).is_empty(), "{kept}");
    }
}

#[test]
fn no_rule_looks_into_a_body() {
    for field in ["FieldToMatch: {Body", "JsonBody", "BODY_", "Body: {}"] {
        assert!(lines_with(field).is_empty(), "{field}");
    }
    let common = TEMPLATE.split("AWSManagedRulesCommonRuleSet").nth(1).expect("the common rules");
    let scope = common.split("OverrideAction").next().expect("their scope");
    assert!(scope.contains(r#"RegexString: "^(GET|HEAD|OPTIONS)$""#), "calls that have none");
    let groups = lines_with("Name: AWSManagedRules");
    assert_eq!(groups.len(), 2, "a new group needs the same care: {groups:?}");
}

#[test]
fn keys_are_blotted_out_wherever_a_request_may_be_shown() {
    let protected = lines_with("SUBSTITUTION").join("\n");
    for field in ["authorization", "attempt-secret", "cookie", "QUERY_STRING", "BODY"] {
        assert!(protected.contains(field), "{field}");
    }
}

#[test]
fn callers_speak_tls_1_2_and_nothing_is_kept_at_the_edge() {
    for setting in [
        "MinimumProtocolVersion: TLSv1.2_2021",
        "ViewerProtocolPolicy: https-only",
        "OriginProtocolPolicy: https-only",
        "CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    ] {
        assert_eq!(lines_with(setting).len(), 1, "{setting}");
    }
}
