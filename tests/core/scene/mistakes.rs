//! Every kind of mistake that a hand can make, each with its line and how to mend it.

use super::{Scene, help};

/// A scene with one station of a kind `k` whose text is given.
fn with_kind(kind: &str) -> Scene {
    Scene::new("equipment = [{ id = \"a\", kind = \"k\" }]").kind("k", kind)
}

/// Ids without a place, of the kind `station`, and more text.
fn stations(ids: &[&str], rest: &str) -> Scene {
    let list: String = ids
        .iter()
        .map(|id| format!("[[equipment]]\nid = \"{id}\"\nkind = \"station\"\n"))
        .collect();
    Scene::new(&format!("{list}{rest}"))
}

#[test]
fn an_unknown_kind_is_named_with_the_nearest_one() {
    let scene = Scene::new("equipment = [\n{ id = \"a\", kind = \"statoin\" }, # here\n]");
    let mistake = scene.only_mistake("unknown kind \"statoin\"");
    assert_eq!(help(&mistake), "did you mean \"station\"?");
    assert_eq!(mistake.column, 20);
}

#[test]
fn a_mistake_prints_like_a_compilers() {
    let scene = Scene::new("equipment = [{ id = \"a\", kind = \"statoin\" }] # here");
    let text = scene.only_mistake("unknown kind").to_string();
    let place = format!(
        "{}:2:33: unknown kind",
        scene.path().join("scene.toml").display()
    );
    assert!(text.starts_with(&place), "{text}");
    assert!(
        text.ends_with("\n  help: did you mean \"station\"?"),
        "{text}"
    );
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_one() {
    let scene = stations(&["a"], "hedaing = 90 # here");
    let mistake = scene.only_mistake("unknown key \"hedaing\" in [[equipment]]");
    assert_eq!(help(&mistake), "did you mean \"heading\"?");
}

#[test]
fn a_key_that_its_role_does_not_have_is_unknown() {
    let scene = stations(&["a"], "[equipment.process]\ncapacity = 3 # here");
    scene.only_mistake("unknown key \"capacity\" in process");
}

#[test]
fn an_unknown_unit_is_named_with_the_nearest_one() {
    let scene = with_kind("size = [1, 1, 1]\n[signals.x]\nunit = \"mm/sec\" # here");
    let mistake = scene.only_mistake("unknown unit \"mm/sec\"");
    assert!(help(&mistake).contains("mm/s"));
}

#[test]
fn an_unknown_role_is_named_with_the_nearest_one() {
    let scene = with_kind("size = [1, 1, 1]\n[process]\nrole = \"staton\" # here");
    assert_eq!(
        help(&scene.only_mistake("unknown role \"staton\"")),
        "did you mean \"station\"?"
    );
    let scene = with_kind("size = [1, 1, 1]\n[signals.x]\nrole = \"part_id\" # here");
    assert_eq!(
        help(&scene.only_mistake("unknown role \"part_id\"")),
        "did you mean \"part-id\"?"
    );
}

#[test]
fn an_unknown_group_is_named_with_the_nearest_one() {
    let scene = Scene::new(
        "area = [{ id = \"machining\" }]\n[[equipment]]\nid = \"a\"\nkind = \"station\"\nin = \"machinning\" # here",
    );
    let mistake = scene.only_mistake("unknown group \"machinning\"");
    assert_eq!(help(&mistake), "did you mean \"machining\"?");
}

#[test]
fn an_unknown_equipment_in_a_flow_is_named_with_the_nearest_one() {
    let scene = Scene::new(
        "equipment = [{ id = \"in\", kind = \"source\" }, { id = \"out\", kind = \"sink\" }]\n\
         [[flow]]\nfrom = \"in\"\nto = \"uot\" # here",
    );
    let mistakes = scene.mistakes();
    assert!(mistakes.iter().any(|mistake| {
        mistake.message.contains("unknown equipment \"uot\"")
            && mistake.line == 5
            && mistake.help.as_deref() == Some("did you mean \"out\"?")
    }));
}

#[test]
fn a_path_that_could_mean_two_is_refused() {
    let scene = Scene::new(
        "area = [{ id = \"a\" }, { id = \"b\" }]\n\
         equipment = [{ id = \"x\", in = \"a\", kind = \"source\" }, { id = \"x\", in = \"b\", kind = \"sink\" }]\n\
         [[incident]]\nid = \"i\"\nlasts = \"1m\"\njam = true\nequipment = \"x\" # here",
    );
    scene.only_mistake("several equipment paths end in \"x\"");
}

#[test]
fn ids_are_unique_in_their_group_only() {
    let scene = stations(
        &["a"],
        "[[equipment]]\nkind = \"station\"\nid = \"a\" # here",
    );
    scene.only_mistake("duplicate id: there is already an equipment \"a\"");

    let scene = Scene::new("[[area]]\nid = \"m\"\n[[area]]\nid = \"m\" # here\n");
    scene.only_mistake("duplicate id: there is already a group \"m\"");

    let scene =
        Scene::new("area = [{ id = \"m\" }]\n[[equipment]]\nkind = \"station\"\nid = \"m\" # here");
    scene.only_mistake("duplicate id: there is already a group \"m\"");

    let plant = Scene::new(
        "area = [{ id = \"m\" }, { id = \"n\" }]\n\
         equipment = [{ id = \"x\", in = \"m\", kind = \"station\" }, { id = \"x\", in = \"n\", kind = \"station\" }]",
    )
    .plant();
    assert_eq!(plant.equipment.len(), 2);
}

#[test]
fn an_id_that_could_not_stand_in_a_topic_is_refused() {
    let scene = Scene::new("[[equipment]]\nkind = \"station\"\nid = \"a/b\" # here");
    scene.only_mistake("\"a/b\" is not an id");
}

#[test]
fn a_unit_of_another_quantity_is_refused_with_the_units_that_would_do() {
    let scene = with_kind(
        "size = [1, 1, 1]\n[signals.x]\nunit = \"bar\"\nquantity = \"temperature\" # here",
    );
    let mistake = scene.only_mistake("unit \"bar\" is not of quantity \"temperature\"");
    assert_eq!(help(&mistake), "units of temperature: K, °C, °F");
}

#[test]
fn limits_out_of_order_are_refused_also_when_a_scene_overrides_one() {
    let kind = "size = [1, 1, 1]\n[signals.x]\nlimits = { l = 2.0, h = 5.0, hh = 4.0 } # here";
    with_kind(kind).only_mistake("limit h = 5 must be below hh = 4");

    let scene = Scene::new(
        "[[equipment]]\nid = \"a\"\nkind = \"k\"\n[equipment.signals.x]\nlimits = { h = 9.5 } # here",
    )
    .kind("k", "size = [1, 1, 1]\n[signals.x]\nlimits = { h = 5.0, hh = 9.0 }");
    scene.only_mistake("limit h = 9.5 must be below hh = 9");
}

#[test]
fn a_deadband_that_no_value_could_leave_is_refused() {
    let kind =
        "size = [1, 1, 1]\n[signals.x]\nlimits = { l = 2.0, h = 5.0, deadband = 3.0 } # here";
    with_kind(kind).only_mistake("deadband 3 is as wide as the span");
}

#[test]
fn limits_on_a_text_are_refused() {
    let kind = "size = [1, 1, 1]\n[signals.x]\ntype = \"text\"\nlimits = { h = 5.0 } # here";
    with_kind(kind).only_mistake("a signal of this type has no limits");
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for number in ["nan", "-nan", "inf", "-inf", "1e999"] {
        let text =
            format!("[[equipment]]\nid = \"a\"\nkind = \"station\"\nat = [0.0, {number}] # here");
        Scene::new(&text).only_mistake("\"at\" must be a finite number");
        let kind = format!("size = [1, 1, 1]\n[signals.x]\nlimits = {{ h = {number} }} # here");
        with_kind(&kind).only_mistake("\"h\" must be a finite number");
    }
}

#[test]
fn overlapping_footprints_are_refused_beyond_five_centimetres() {
    let at = |x: f64| {
        format!(
            "[[equipment]]\nid = \"a\"\nkind = \"station\"\nat = [0.0, 0.0]\n\
             [[equipment]] # here\nid = \"b\"\nkind = \"station\"\nat = [{x}, 0.0]\n"
        )
    };
    let mistake = Scene::new(&at(1.9)).only_mistake("\"b\" overlaps \"a\" by 0.10 m");
    assert!(help(&mistake).contains("may_overlap"));
    Scene::new(&at(1.96)).plant();
    Scene::new(&format!("{}may_overlap = true\n", at(0.5))).plant();
}

#[test]
fn turned_footprints_overlap_by_their_real_corners() {
    // Two 2 m × 1.5 m stations whose boxes around them overlap, but not they themselves.
    let at = |z: f64| {
        format!(
            "[[equipment]]\nid = \"a\"\nkind = \"station\"\nat = [0.0, 0.0]\nheading = 45\n\
             [[equipment]] # here\nid = \"b\"\nkind = \"station\"\nat = [1.2, {z}]\nheading = 45\n"
        )
    };
    Scene::new(&at(1.2)).plant();
    Scene::new(&at(0.4)).only_mistake("overlaps");
}

#[test]
fn vehicles_and_what_stands_above_one_another_may_overlap() {
    let scene = Scene::new(
        "[[equipment]]\nid = \"a\"\nkind = \"station\"\nat = [0.0, 0.0]\n\
         [[equipment]]\nid = \"v\"\nkind = \"v\"\nat = [0.0, 0.0]\n\
         [[equipment]]\nid = \"crane\"\nkind = \"station\"\nat = [0.0, 4.0, 0.0]\n",
    );
    scene
        .kind("v", "size = [1, 1, 1]\n[process]\nrole = \"vehicle\"")
        .plant();
}

const LINE: &str = "equipment = [{ id = \"in\", kind = \"source\" }, { id = \"a\", kind = \"station\" }, { id = \"out\", kind = \"sink\" }]\n";

#[test]
fn a_flow_that_ends_before_a_sink_goes_to_nowhere() {
    let text = "[[equipment]]\nid = \"in\"\nkind = \"source\"\n[[equipment]] # here\nid = \"a\"\nkind = \"station\"\n[[flow]]\npath = [\"in\", \"a\"]";
    Scene::new(text).only_mistake("parts of \"a\" flow to nowhere");
}

#[test]
fn a_flow_to_what_takes_no_parts_is_refused() {
    let scene = Scene::new(&format!(
        "{LINE}[[flow]]\npath = [\"in\", \"a\", \"out\"]\n[[flow]]\nfrom = \"a\"\nto = \"in\" # here"
    ));
    scene.only_mistake("\"in\" takes no parts");
    let scene = Scene::new(&format!(
        "{LINE}[[flow]]\npath = [\"in\", \"a\", \"out\"]\n[[flow]]\nto = \"a\"\nfrom = \"out\" # here"
    ));
    scene.only_mistake("\"out\" gives no parts away");
}

#[test]
fn a_flow_to_itself_is_refused() {
    let scene = Scene::new(&format!(
        "{LINE}[[flow]]\npath = [\"in\", \"a\", \"out\"]\n[[flow]]\nfrom = \"a\"\nto = \"a\" # here"
    ));
    scene.only_mistake("parts of \"a\" would flow to itself");
}

#[test]
fn the_same_flow_twice_is_refused() {
    let scene = Scene::new(&format!(
        "{LINE}[[flow]]\npath = [\"in\", \"a\", \"out\"]\n[[flow]]\nfrom = \"in\"\nto = \"a\" # here"
    ));
    scene.only_mistake("the flow from \"in\" to \"a\" is there twice");
}

#[test]
fn an_equipment_that_no_part_can_reach_is_found() {
    let scene = Scene::new(
        "[[equipment]]\nid = \"in\"\nkind = \"source\"\n[[equipment]]\nid = \"out\"\nkind = \"sink\"\n\
         [[equipment]] # here\nid = \"island\"\nkind = \"station\"\n\
         [[flow]]\npath = [\"in\", \"out\"]\n[[flow]]\npath = [\"island\", \"out\"]",
    );
    scene.only_mistake("no part ever reaches \"island\"");
}

#[test]
fn shares_that_lose_parts_are_refused() {
    let flows = |a: f64, b: f64| {
        format!(
            "equipment = [{{ id = \"in\", kind = \"source\" }}, {{ id = \"a\", kind = \"sink\" }}, {{ id = \"b\", kind = \"sink\" }}]\n\
             [[flow]]\nfrom = \"in\"\nto = \"a\"\nshare = {a}\n[[flow]]\nfrom = \"in\"\nshare = {b}\nto = \"b\" # here"
        )
    };
    Scene::new(&flows(0.7, 0.3)).plant();
    Scene::new(&flows(0.7, 0.2)).only_mistake("the shares of \"in\" add up to 0.900");
    Scene::new(&flows(0.7, 0.4)).only_mistake("the shares of \"in\" add up to 1.100");
}

#[test]
fn an_unknown_fleet_and_an_unknown_part_type_are_refused() {
    let scene = Scene::new(&format!(
        "{LINE}[[flow]]\npath = [\"in\", \"a\", \"out\"]\nby = \"agv\" # here"
    ));
    assert_eq!(
        help(&scene.only_mistake("unknown fleet \"agv\"")),
        "there are no fleets"
    );
    let scene = Scene::new(
        "equipment = [{ id = \"in\", kind = \"source\", process = { mix = { shaft = 1.0 } } }, { id = \"out\", kind = \"sink\" }]\n\
         [[flow]]\npath = [\"in\", \"out\"]\ntypes = [\"shfat\"] # here",
    );
    assert_eq!(
        help(&scene.only_mistake("unknown part type \"shfat\"")),
        "did you mean \"shaft\"?"
    );
}

#[test]
fn an_assembly_that_could_never_start_is_found() {
    let scene = Scene::new(
        "[[equipment]]\nid = \"in\"\nkind = \"source\"\nprocess = { mix = { gear = 1.0 } }\n\
         [[equipment]] # here\nid = \"a\"\nkind = \"station\"\nprocess = { needs = { housing = 1 }, makes = \"box\" }\n\
         [[equipment]]\nid = \"out\"\nkind = \"sink\"\n[[flow]]\npath = [\"in\", \"a\", \"out\"]",
    );
    scene.only_mistake("\"a\" needs parts of type \"housing\", which nothing makes");
}

#[test]
fn a_bad_time_zone_duration_and_shift_are_refused() {
    let scene = stations(&["a"], "").with("scene.toml", "format = 1\ntime_zone = \"Europe/Berlim\" # here\nequipment = [{ id = \"a\", kind = \"station\" }]");
    assert_eq!(
        help(&scene.only_mistake("unknown time zone \"Europe/Berlim\"")),
        "did you mean \"Europe/Berlin\"?"
    );
    let cycle = |text: &str| {
        stations(
            &["a"],
            &format!("[equipment.process]\ncycle = {text} # here"),
        )
    };
    cycle("\"72 parsecs\"").only_mistake("\"72 parsecs\" is not a duration");
    cycle("\"-5s\"").only_mistake("\"-5s\" is not a duration");
    assert!(help(&cycle("72").only_mistake("needs its unit")).contains("\"72s\""));
    let shift = |text: &str| stations(&["a"], &format!("[[shift]]\nname = \"Early\"\n{text}"));
    shift("start = \"06:00\"\nend = \"25:00\" # here")
        .only_mistake("\"25:00\" is not a time of day");
    shift("start = \"06:00\"\nend = \"14:00\"\ndays = [\"mo\"] # here")
        .only_mistake("unknown days \"mo\"");
    shift("start = \"06:00\"\nend = \"14:00\"\nbreaks = [[\"13:50\", \"14:10\"]] # here")
        .only_mistake("the break does not lie inside the shift");
}

#[test]
fn a_night_shift_may_have_its_break_after_midnight() {
    let plant = stations(
        &["a"],
        "[[shift]]\nname = \"Night\"\nstart = \"22:00\"\nend = \"06:00\"\nbreaks = [[\"01:00\", \"01:30\"]]",
    )
    .plant();
    assert_eq!(plant.calendar.shifts.len(), 1);
}

#[test]
fn a_motion_without_its_signal_or_with_an_unfit_one_is_refused() {
    let kind = |signal: &str, motion: &str| {
        with_kind(&format!(
            "model = \"cnc-lathe.glb\"\n[signals.s]\n{signal}\n[[motion]]\nnode = \"spindle\"\n{motion}"
        ))
    };
    let mistake = kind(
        "unit = \"rpm\"",
        "spin = { axis = \"x\" }\nsignal = \"z\" # here",
    )
    .only_mistake("the kind has no signal \"z\"");
    assert!(help(&mistake).contains('s'));
    kind(
        "unit = \"°C\"",
        "spin = { axis = \"x\" }\nsignal = \"s\" # here",
    )
    .only_mistake("its unit \"°C\" is of temperature, it must be of rotational-speed");
    kind(
        "type = \"text\"",
        "rotate = { axis = \"x\" }\nsignal = \"s\" # here",
    )
    .only_mistake("its values are texts");
    kind("unit = \"rpm\"", "light = [\"RUN\"]\nsignal = \"s\" # here")
        .only_mistake("a light with texts needs a signal of type \"text\"");
    kind(
        "unit = \"rpm\"",
        "signal = \"s\"\nspin = { axis = [0, 0, 0] } # here",
    )
    .only_mistake("an axis must have a length");
}

#[test]
fn a_motion_of_a_node_that_the_model_lacks_is_refused() {
    let scene = with_kind(
        "model = \"cnc-lathe.glb\"\n[signals.s]\nunit = \"rpm\"\n[[motion]]\nsignal = \"s\"\nspin = { axis = \"x\" }\nnode = \"spindel\" # here",
    );
    let mistake = scene.only_mistake("model \"cnc-lathe.glb\" has no node \"spindel\"");
    assert_eq!(help(&mistake), "did you mean \"spindle\"?");
}

#[test]
fn an_incident_must_befall_something_that_can_suffer_it() {
    let incident = |text: &str| {
        stations(
            &["a"],
            &format!("[[incident]]\nid = \"i\"\nequipment = \"a\"\nlasts = \"1m\"\n{text}"),
        )
    };
    incident("stuck_sensor = \"prodcued\" # here").only_mistake("\"a\" has no signal \"prodcued\"");
    incident("effect = \"coolant-leak\" # here").only_mistake("no sensor reacts to an effect");
    stations(
        &["a"],
        "[[incident]] # here\nid = \"i\"\nequipment = \"a\"\nlasts = \"1m\"",
    )
    .only_mistake("an incident has exactly one of");
}

#[test]
fn a_text_that_is_not_toml_is_shown_with_its_line() {
    let scene = Scene::new("name = \"x\"\nequipment = [ # here\n{ id = }\n]");
    let mistakes = scene.mistakes();
    assert!(
        mistakes[0].message.starts_with("not TOML: "),
        "{mistakes:#?}"
    );
    assert_eq!(mistakes[0].line, 4);
}

#[test]
fn a_missing_or_another_format_is_refused() {
    let text = "equipment = [{ id = \"a\", kind = \"station\" }]";
    let scene = Scene::new("").with("scene.toml", text);
    assert!(scene.mistakes()[0].message.contains("has no format"));
    let scene = Scene::new("").with("scene.toml", format!("format = 2 # here\n{text}"));
    scene.only_mistake("format 2 is not one that this version reads");
}

#[test]
fn all_mistakes_of_a_scene_are_found_at_once() {
    let scene = Scene::new(
        "time_zone = \"Mars\"\ncolour = 1\n[[equipment]]\nid = \"a\"\nkind = \"statoin\"\n\
         [[equipment]]\nid = \"b\"\nkind = \"k\"\nat = [nan, 0]\n[[flow]]\npath = [\"b\", \"c\"]\n\
         [[source]]\nid = \"s\"\nurl = \"http://x\"",
    )
    .kind(
        "k",
        "size = [1, 1, 1]\n[signals.x]\nunit = \"foo\"\n[signals.y]\nrole = \"bar\"",
    );
    let mistakes = scene.mistakes();
    let lines: Vec<_> = mistakes
        .iter()
        .map(|mistake| {
            let file = mistake.file.file_name().expect("a name").to_string_lossy();
            (file.into_owned(), mistake.line)
        })
        .collect();
    let scene = |line| ("scene.toml".to_owned(), line);
    let kind = |line| ("k.toml".to_owned(), line);
    assert_eq!(
        lines,
        [
            scene(2),
            scene(3),
            scene(6),
            scene(10),
            scene(12),
            scene(15),
            kind(4),
            kind(6)
        ]
    );
}

#[test]
fn mistakes_beyond_two_hundred_are_counted() {
    let equipment: String = (0..300)
        .map(|n| format!("[[equipment]]\nid = \"e{n}\"\nkind = \"nothing\"\n"))
        .collect();
    let error = Scene::new(&equipment).load().expect_err("mistakes");
    assert_eq!((error.errors.len(), error.omitted), (200, 100));
    assert!(error.to_string().ends_with("… and 100 more"));
}

#[test]
fn a_hostile_text_cannot_write_to_the_terminal() {
    let scene = Scene::new("[[equipment]]\nid = \"a\"\nkind = \"\\u001b[2Jx\" # here");
    let text = scene.only_mistake("unknown kind").to_string();
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn an_unused_kind_of_the_scene_is_checked_too() {
    let scene = stations(&["a"], "").kind("unused", "size = [1, 0, 1] # here");
    scene.only_mistake("a size is [length, width, height] in metres, each above 0");
}
