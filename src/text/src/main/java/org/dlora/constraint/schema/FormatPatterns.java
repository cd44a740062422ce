package org.dlora.constraint.schema;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Regular expressions of the formats of strings. Each has a part of what the format allows, so that
 * any validator takes it.
 */
final class FormatPatterns {
    private static final String LEAP =
            "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29";
    private static final String DATE =
            "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
                    + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
                    + "|02-(?:0[1-9]|1[0-9]|2[0-8]))|"
                    + LEAP
                    + ")";
    private static final String TIME =
            "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-4]):(?:00|15|30|45))";
    private static final String HEX = "[0-9a-f]{1,4}";
    private static final String BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
    private static final String HOST = LABEL + "(?:\\." + LABEL + "){0,3}";
    private static final String DURATION_TIME =
            "T(?:[0-9]{1,4}H(?:[0-9]{1,4}M(?:[0-9]{1,4}S)?)?|[0-9]{1,4}M(?:[0-9]{1,4}S)?|[0-9]{1,4}S)";
    private static final String PATH = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*";

    private static final Map<String, String> PATTERNS =
            Map.ofEntries(
                    Map.entry("date", DATE),
                    Map.entry("time", TIME),
                    Map.entry("date-time", DATE + "T" + TIME),
                    Map.entry(
                            "duration",
                            "P(?:[0-9]{1,4}W|(?:[0-9]{1,4}Y(?:[0-9]{1,4}M(?:[0-9]{1,4}D)?)?|[0-9]{1,4}M(?:[0-9]{1,4}D)?|[0-9]{1,4}D)(?:"
                                    + DURATION_TIME
                                    + ")?|"
                                    + DURATION_TIME
                                    + ")"),
                    Map.entry(
                            "email",
                            "[A-Za-z0-9_+-]{1,20}(?:\\.[A-Za-z0-9_+-]{1,20}){0,2}@(?:"
                                    + LABEL
                                    + "\\.){1,3}[A-Za-z]{2,10}"),
                    Map.entry("hostname", HOST),
                    Map.entry("uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
                    Map.entry("ipv4", BYTE + "(?:\\." + BYTE + "){3}"),
                    Map.entry(
                            "ipv6",
                            "(?:(?:"
                                    + HEX
                                    + ":){7}"
                                    + HEX
                                    + "|(?:"
                                    + HEX
                                    + ":){1,6}:"
                                    + HEX
                                    + "|::(?:"
                                    + HEX
                                    + ":){0,5}"
                                    + HEX
                                    + ")"),
                    Map.entry(
                            "uri",
                            "(?:https?|ftp|wss?|file)://"
                                    + HOST
                                    + "(?::[1-9][0-9]{0,3})?(?:/"
                                    + PATH
                                    + ")?(?:\\?"
                                    + PATH
                                    + ")?(?:#"
                                    + PATH
                                    + ")?"));

    private static final Set<String> REFUSED =
            Set.of(
                    "idn-email",
                    "idn-hostname",
                    "iri",
                    "iri-reference",
                    "uri-reference",
                    "uri-template",
                    "json-pointer",
                    "relative-json-pointer",
                    "regex");

    private FormatPatterns() {}

    /** Returns the expression of a format; empty for one that is a hint alone. */
    static Optional<String> pattern(String format) {
        return Optional.ofNullable(PATTERNS.get(format.equals("ip") ? "ipv4" : format));
    }

    /** Returns whether JSON Schema defines a format that is not supported. */
    static boolean isRefused(String format) {
        return REFUSED.contains(format);
    }

    static String known() {
        return String.join(", ", PATTERNS.keySet().stream().sorted().toList());
    }
}
