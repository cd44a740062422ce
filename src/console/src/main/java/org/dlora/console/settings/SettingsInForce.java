package org.dlora.console.settings;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.dlora.console.settings.SettingInForce.Origin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.SystemEnvironmentOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * All settings {@code dlora.*} with their values and origins, as of the start. Secrets are not in
 * them: neither the values of keys and passwords, nor what follows the host in the URLs of
 * webhooks.
 */
@Component
public final class SettingsInForce {
    /** Settings whose update takes effect at once: those of the scheduling. */
    private static final Set<String> LIVE =
            Set.of(
                    "dlora.policy",
                    "dlora.slo.ttft",
                    "dlora.slo.tpot",
                    "dlora.shares",
                    "dlora.merge.share",
                    "dlora.merge.keep");

    private static final Pattern SECRET =
            Pattern.compile("(^|.*[-.\\]])(key|secret|password|token|credentials?)");
    private static final Pattern URL = Pattern.compile("(?i)(\\w+://)(?:[^/@]*@)?([^/?#]*).*");
    private static final String HIDDEN = "(set, not shown)";

    private final ConfigurableEnvironment environment;
    private final Supplier<List<SettingInForce>> all = SingletonSupplier.of(this::read);

    public SettingsInForce(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /** Returns all settings in the order of {@code application.yml}. */
    public List<SettingInForce> all() {
        return all.get();
    }

    private List<SettingInForce> read() {
        var sources = new ArrayList<Source>();
        for (var source : ConfigurationPropertySources.get(environment)) {
            sources.add(Source.of(source));
        }
        return SettingsFile.bundled().stream().map(one -> find(one, sources)).toList();
    }

    /** A source with its names below {@code dlora}. */
    private record Source(
            ConfigurationPropertySource source, List<ConfigurationPropertyName> names) {
        private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("dlora");

        static Source of(ConfigurationPropertySource source) {
            return new Source(
                    source,
                    source instanceof IterableConfigurationPropertySource iterable
                            ? StreamSupport.stream(iterable.spliterator(), false)
                                    .filter(ROOT::isAncestorOf)
                                    .toList()
                            : List.of());
        }

        /** Returns a setting's content in the source: a value, or the members of a list. */
        List<ConfigurationProperty> find(ConfigurationPropertyName name) {
            var members = new ArrayList<ConfigurationProperty>();
            for (var member : names) {
                var found =
                        name.isAncestorOf(member) ? source.getConfigurationProperty(member) : null;
                if (found != null) {
                    members.add(found);
                }
            }
            var one = members.isEmpty() ? source.getConfigurationProperty(name) : null;
            if (one != null) {
                members.add(one);
            }
            Collections.sort(members);
            return members;
        }
    }

    private SettingInForce find(DescribedSetting setting, List<Source> sources) {
        var name = ConfigurationPropertyName.of(setting.name());
        for (var source : sources) {
            var found = source.find(name);
            if (!found.isEmpty()) {
                var at = found.getFirst();
                return new SettingInForce(
                        setting.name(),
                        found.stream().map(one -> member(name, one)).collect(joining(", ")),
                        setting.usual(),
                        setting.text(),
                        origin(at),
                        place(at),
                        LIVE.contains(setting.name()));
            }
        }
        return new SettingInForce(
                setting.name(),
                setting.usual(),
                setting.usual(),
                setting.text(),
                Origin.DEFAULT,
                "",
                LIVE.contains(setting.name()));
    }

    /** Returns a value, of a list with the place of the member in it. */
    private String member(ConfigurationPropertyName setting, ConfigurationProperty found) {
        var name = found.getName().toString();
        var rest = name.substring(Math.min(name.length(), setting.toString().length()));
        var value = shown(name, text(found.getValue()));
        return rest.isEmpty() || rest.matches("\\[\\d+]") ? value : rest + "=" + value;
    }

    private String text(@Nullable Object value) {
        var text = value == null ? "" : value.toString();
        try {
            return environment.resolvePlaceholders(text);
        } catch (IllegalArgumentException _) {
            return text;
        }
    }

    /** Returns a value without secrets. */
    static String shown(String name, String value) {
        if (value.isBlank()) {
            return "";
        }
        if (SECRET.matcher(name).matches()) {
            return HIDDEN;
        }
        var url = URL.matcher(value);
        return name.startsWith("dlora.webhooks") && url.matches()
                ? url.group(1) + url.group(2) + "/…"
                : value;
    }

    private static Origin origin(ConfigurationProperty found) {
        return switch (unwrapped(found)) {
            case TextResourceOrigin text ->
                    text.getResource() != null && isBundled(text) ? Origin.DEFAULT : Origin.FILE;
            case SystemEnvironmentOrigin _ -> Origin.ENVIRONMENT;
            case null, default ->
                    switch (sourceName(found)) {
                        case "commandLineArgs" -> Origin.ARGUMENT;
                        case StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME ->
                                Origin.ENVIRONMENT;
                        case "defaultProperties" -> Origin.DEFAULT;
                        default -> Origin.OTHER;
                    };
        };
    }

    private static String place(ConfigurationProperty found) {
        return switch (unwrapped(found)) {
            case TextResourceOrigin text when !isBundled(text) ->
                    "%s, line %d".formatted(file(text), line(text));
            case TextResourceOrigin _ -> "";
            case SystemEnvironmentOrigin variable -> variable.getProperty();
            case PropertySourceOrigin variable when origin(found) == Origin.ENVIRONMENT ->
                    variable.getPropertyName();
            case null, default ->
                    sourceName(found).equals("commandLineArgs") ? "" : sourceName(found);
        };
    }

    private static org.springframework.boot.origin.@Nullable Origin unwrapped(
            ConfigurationProperty found) {
        var origin = found.getOrigin();
        return origin instanceof PropertySourceOrigin wrapper && wrapper.getOrigin() != null
                ? wrapper.getOrigin()
                : origin;
    }

    private static boolean isBundled(TextResourceOrigin text) {
        return text.getResource() instanceof ClassPathResource
                || String.valueOf(text.getResource()).contains("class path resource");
    }

    private static String file(TextResourceOrigin text) {
        var resource = text.getResource();
        var name = resource == null ? null : resource.getFilename();
        return name == null ? "a file" : name;
    }

    private static int line(TextResourceOrigin text) {
        var location = text.getLocation();
        return location == null ? 0 : location.getLine() + 1;
    }

    private static String sourceName(ConfigurationProperty found) {
        var source = found.getSource();
        return source != null && source.getUnderlyingSource() instanceof PropertySource<?> named
                ? named.getName()
                : "";
    }
}
