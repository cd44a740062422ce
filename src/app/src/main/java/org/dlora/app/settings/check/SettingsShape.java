package org.dlora.app.settings.check;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.util.ObjectUtils;

/**
 * Binding handler that refuses files and arguments with settings of the wrong shape. Spring Boot
 * finds unknown names by itself, but keeps the defaults where the shape is wrong.
 *
 * <p>Wrong shapes are a list for a single value ({@code model: [x]}), a single value for a group
 * ({@code kv-cache: 2GB}), and a file that is a list or a text as a whole.
 */
public final class SettingsShape extends AbstractBindHandler {
    /** Spring Boot's name for the content of a YAML file without names at its top. */
    private static final ConfigurationPropertyName NAMELESS =
            ConfigurationPropertyName.of("document");

    private final ConfigurationPropertyName prefix;
    private final Set<String> known;
    private final UnboundElementsSourceFilter isFileOrArgument = new UnboundElementsSourceFilter();

    /**
     * @param properties the record of all settings below {@code prefix}
     */
    public SettingsShape(BindHandler parent, String prefix, Class<? extends Record> properties) {
        super(parent);
        this.prefix = ConfigurationPropertyName.of(prefix);
        this.known =
                SettingPathScan.of(prefix, properties)
                        .map(path -> path.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
    }

    @Override
    public void onFinish(
            ConfigurationPropertyName name,
            Bindable<?> target,
            BindContext context,
            @Nullable Object result)
            throws Exception {
        super.onFinish(name, target, context, result);
        if (!name.equals(prefix)) {
            return;
        }
        var misshapen = new TreeSet<ConfigurationProperty>();
        for (var source : context.getSources()) {
            if (isFileOrArgument.apply(source)) {
                given(source).filter(this::isMisshapen).forEach(misshapen::add);
            }
        }
        if (!misshapen.isEmpty()) {
            throw new UnboundConfigurationPropertiesException(misshapen);
        }
    }

    private Stream<ConfigurationProperty> given(ConfigurationPropertySource source) {
        return source instanceof IterableConfigurationPropertySource names
                ? StreamSupport.stream(names.spliterator(), false)
                        .filter(name -> isBelow(prefix, name) || isBelow(NAMELESS, name))
                        .map(source::getConfigurationProperty)
                : Stream.empty();
    }

    private static boolean isBelow(
            ConfigurationPropertyName ancestor, ConfigurationPropertyName name) {
        return ancestor.equals(name) || ancestor.isAncestorOf(name);
    }

    private boolean isMisshapen(ConfigurationProperty property) {
        var path = path(property.getName());
        // A name without a value is allowed, such as "adapters:" with all lines below it commented
        // out.
        return !known.contains(path)
                && !(ObjectUtils.isEmpty(property.getValue()) && isGroup(path));
    }

    private boolean isGroup(String path) {
        return known.stream()
                .anyMatch(setting ->
                        setting.startsWith(path + ".")
                                || setting.startsWith(path + SettingPathScan.INDEX));
    }

    private static String path(ConfigurationPropertyName name) {
        var path = new StringBuilder();
        for (int i = 0; i < name.getNumberOfElements(); i++) {
            path.append(
                    name.isNumericIndex(i)
                            ? SettingPathScan.INDEX
                            : "." + name.getElement(i, Form.UNIFORM));
        }
        return path.substring(1);
    }
}
