package org.dlora.console.journal;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.stereotype.Component;

/**
 * Remover of secrets from texts: values of secret settings, keys of the API, tokens in links, and
 * what headers and passwords look like.
 */
@Component
final class Redaction {
    static final String HIDDEN = "******";

    /** Shorter values stand in too many words; their settings are hidden by name alone. */
    private static final int SHORTEST = 6;

    private static final Pattern SECRET_NAME =
            Pattern.compile(
                    "passw|secret|token(?!s)|credential|apikey|adminkey|accesskey|privatekey|passphrase|authorization|cookie|headers|hmac|webhooks\\d*url");

    /** Names that look secret and whose values are not. */
    private static final Pattern PLAIN_NAME =
            Pattern.compile(
                    "secretfile$|tokenuri$|forwardheadersstrategy$|authorization(granttype|uri)$|cookie(name|path|samesite|secure|httponly)$");

    /** Names of headers and fields whose values are secret. */
    private static final String FIELD =
            "(authorization|x-csrf-token|_csrf|password|passwd|secret|client[_-]secret|api[_-]key|access[_-]key|private[_-]key)";

    private static final List<Pattern> SHAPES =
            List.of(
                    Pattern.compile("(?<keep>dlora_[0-9a-f]{12}_)[0-9a-f]{8,}"),
                    Pattern.compile("(?<keep>\\$argon2\\w*\\$)[^\\s\\]\"]+"),
                    Pattern.compile("(?<keep>whsec_)[A-Za-z0-9+/=]{8,}"),
                    Pattern.compile("(?<keep>hf_)[A-Za-z0-9]{8,}"),
                    Pattern.compile("(?<keep>://)[^/\\s:@]+:[^/\\s@]+(?=@)"),
                    Pattern.compile(
                            "(?i)(?<keep>[?&;](token|password|user|sig|signature|secret|key|code|state|x-amz-[a-z-]+)=)[^&;\\s\"']+"),
                    Pattern.compile("(?i)(?<keep>\\b(bearer|basic) )[A-Za-z0-9._~+/=-]{6,}"),
                    Pattern.compile("(?i)(?<keep>\\b(set-)?cookie\"?\\s*[:=]\\s*)[^\\r\\n]+"),
                    Pattern.compile("(?i)(?<keep>\\b" + FIELD + "\"?\\s*[:=]\\s*\")[^\"]+"),
                    Pattern.compile("(?i)(?<keep>\\b" + FIELD + "\\s*[:=]\\s*)[^\\s,;\"&}]+"));

    private final List<String> values;

    Redaction(ConfigurableEnvironment environment) {
        values = secrets(environment);
    }

    private static List<String> secrets(ConfigurableEnvironment environment) {
        Set<String> found = new LinkedHashSet<>();
        for (var source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> known) {
                for (var name : known.getPropertyNames()) {
                    var value = isSecret(name) ? known.getProperty(name) : null;
                    if (value != null) {
                        add(found, value.toString());
                        add(found, resolved(environment, name));
                    }
                }
            }
        }
        return found.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
    }

    private static String resolved(ConfigurableEnvironment environment, String name) {
        try {
            var value = environment.getProperty(name);
            return value == null ? "" : value;
        } catch (IllegalArgumentException _) {
            return ""; // A placeholder that stands for nothing.
        }
    }

    private static void add(Set<String> found, String value) {
        boolean isFile = value.startsWith("file:");
        if (value.length() >= SHORTEST && !isFile) {
            found.add(value);
        }
    }

    /** Returns whether the value of a setting must not be shown. */
    static boolean isSecret(String name) {
        var word = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        return SECRET_NAME.matcher(word).find() && !PLAIN_NAME.matcher(word).find();
    }

    /** Returns a text without what is secret. */
    String hide(String text) {
        var hidden = text;
        for (var value : values) {
            hidden = hidden.replace(value, HIDDEN);
        }
        for (var shape : SHAPES) {
            hidden = shape.matcher(hidden).replaceAll("${keep}" + HIDDEN);
        }
        return hidden;
    }
}
