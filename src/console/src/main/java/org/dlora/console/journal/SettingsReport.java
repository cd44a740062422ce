package org.dlora.console.journal;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.stereotype.Component;

/** Report of the settings in force and where they come from, without secrets. */
@Component
final class SettingsReport {
    private static final Pattern SHOWN =
            Pattern.compile("(?i)(dlora|server|spring|management|logging|otel)[._].*");

    private final ConfigurableEnvironment environment;
    private final Redaction redaction;

    SettingsReport(ConfigurableEnvironment environment, Redaction redaction) {
        this.environment = environment;
        this.redaction = redaction;
    }

    /** Returns a line for each setting: {@code name = value (origin)}. */
    String text() {
        Map<String, String> lines = new TreeMap<>();
        for (var source : environment.getPropertySources()) {
            // The composite source has the others once more.
            if (source instanceof EnumerablePropertySource<?> known
                    && !source.getName().equals("configurationProperties")) {
                for (var name : known.getPropertyNames()) {
                    if (SHOWN.matcher(name).matches()) {
                        // The first source that has a setting decides.
                        lines.computeIfAbsent(name, _ -> line(known, name));
                    }
                }
            }
        }
        return String.join("\n", lines.values()) + "\n";
    }

    private String line(PropertySource<?> source, String name) {
        var value = String.valueOf(source.getProperty(name));
        boolean isHidden = Redaction.isSecret(name) && !value.isEmpty();
        var origin = OriginLookup.getOrigin(source, name);
        return "%s = %s (%s)"
                .formatted(
                        name,
                        isHidden ? Redaction.HIDDEN : redaction.hide(value),
                        origin == null ? source.getName() : redaction.hide(origin.toString()));
    }
}
