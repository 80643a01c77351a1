
use super::*;

#[test]
fn an_empty_file_is_offline_and_on_loopback() {
    let config = parse("").unwrap();
    assert!(config.runtime.offline);
    assert_eq!(config.api.listen_addr, "127.0.0.1:3000");
    assert!(config.check().is_ok());
}

#[test]
fn the_check_names_unknown_keys_where_upstream_does() {
    let problems = |text: &str| parse(text).unwrap().problems();
    let text = "[psy]\na = 1\n[reasoner]\nmodl = \"a\"\n[telemetry]\nretention = 1\n[psi]\nsustained = 1\n";
    let found = problems(text);
    assert_eq!(found.len(), 3, "{found:?}");
    for (problem, key) in found
        .iter()
        .zip(["`psy`", "`modl` in [reasoner]", "`retention` in [telemetry]"])
    {
        assert!(problem.contains(key), "{problem}");
    }
    assert!(problems("[psi]\nsustained_pressure_seconds = 1").is_empty());
}

#[test]
fn the_check_rejects_what_a_start_corrects() {
    let mut config = parse("[telemetry]\nsample_interval_ms = 1\nretention_seconds = 9999").unwrap();
    assert_eq!(config.problems().len(), 2);
    config.telemetry.correct();
    assert!(config.problems().is_empty());
    assert_eq!(
        (config.telemetry.sample_interval_ms, config.telemetry.retention_seconds),
        (100, 3_600)
    );
}

#[test]
fn a_wrong_type_is_an_error_in_every_section() {
    for text in [
        "[psi]\nsustained_pressure_seconds = \"long\"",
        "[psi]\nattribution_threshold_ms = 1.5",
        "[circuit_breaker]\ncpu_psi_threshold = \"high\"",
        "[noise_budget]\nmax_alerts_per_hour = -1",
        "[privacy]\nredact_sensitive_data = 1",
        "[telemetry]\nretention_seconds = true",
        "[notifications.apprise]\nmin_severity = \"low\"",
        "probes = 1",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert!(parse("[circuit_breaker]\ncpu_psi_threshold = 40").is_ok());
}

#[test]
fn the_check_reads_one_file_which_must_exist() {
    let missing = "/nowhere/linnix.toml";
    assert_eq!(check(missing), [format!("no config file at {missing}")]);
    assert!(load(missing).is_ok());
    let folder = std::env::temp_dir().join(format!("linnix-config-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("linnix.toml");
    let checked = |text: &str| {
        fs::write(&file, text).unwrap();
        check(file.to_str().unwrap())
    };
    assert!(checked("[rules]\npath = \"/nowhere.yaml\"").is_empty());
    assert!(checked("[psi\n")[0].starts_with("parse error: "));
    assert!(load(file.to_str().unwrap()).is_err());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_environment_overrides_the_file() {
    let mut config = parse("[reasoner]\nmodel = \"a\"").unwrap();
    config.override_with(|name| (name == "LLM_MODEL").then(|| "b".into()));
    assert_eq!(config.reasoner.model, "b");
}

#[test]
fn an_open_address_needs_a_token() {
    let mut config = parse("[api]\nlisten_addr = \"0.0.0.0:3000\"").unwrap();
    assert!(config.check().unwrap_err().contains("LINNIX_API_TOKEN"));
    config.override_with(|name| (name == "LINNIX_API_TOKEN").then(|| "secret".into()));
    assert!(config.check().is_ok());
}

#[test]
fn every_section_that_upstream_reads_is_accepted() {
    let text = "
[circuit_breaker]\nenabled = true\n[privacy]\nredact_sensitive_data = true\n[probes]\n[noise_budget]\n
[runtime]\ncpu_target_pct = 10\n[logging]\njournald = false\n[notifications.apprise]\nurls = []\n";
    assert!(!parse(text).unwrap().logging.journald);
}

#[test]
fn a_webhook_is_encrypted_or_on_this_machine_and_never_printed() {
    for (address, safe) in [
        ("https://hooks.example/x", true),
        ("http://127.0.0.1:8000/x", true),
        ("http://localhost/x", true),
        ("http://hooks.example/x", false),
        ("http://127.0.0.1.example/x", false),
        ("http://localhost@hooks.example/x", false),
        ("ftp://127.0.0.1/x", false),
    ] {
        let config = parse(&format!("[notifications.slack]\nwebhook_url = \"{address}\"")).unwrap();
        let error = config.check().err();
        assert_eq!(error.is_none(), safe, "{address}");
        assert!(!error.unwrap_or_default().contains("example"));
    }
}
