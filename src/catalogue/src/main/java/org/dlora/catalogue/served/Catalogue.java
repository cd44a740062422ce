package org.dlora.catalogue.served;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.cluster.adapters.ModelNames;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;

/**
 * The served adapters by name, with their versions and aliases. A change is one swap of an entry,
 * which costs the same however many adapters there are. A reader sees the entry before or after it,
 * and never waits for a change of another name.
 */
public final class Catalogue implements ModelNames {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

    private final String baseName;
    private final OrderedEntries served = new OrderedEntries();

    /**
     * @param adapters in the order to list them, each the only version of its name
     * @throws IllegalArgumentException if two models have the same name
     */
    public Catalogue(String baseName, List<ServedAdapter> adapters) {
        this(baseName, adapters.stream().map(CatalogueEntry::of));
    }

    private Catalogue(String baseName, Stream<CatalogueEntry> entries) {
        this.baseName = baseName;
        entries.forEach(entry -> {
            if (entry.name().equals(baseName) || served.put(entry).isPresent()) {
                throw new IllegalArgumentException(
                        "Two models would be served as '%s': rename the adapter in %s or set dlora.served-name"
                                .formatted(
                                        entry.name(),
                                        entry.main().map(ServedAdapter::folder).orElse(null)));
            }
        });
    }

    /** Does the same with adapters that have versions and aliases. */
    public static Catalogue of(String baseName, List<CatalogueEntry> entries) {
        return new Catalogue(baseName, entries.stream());
    }

    /** Returns the base model's name for clients; no adapter can have it. */
    @Override
    public String baseName() {
        return baseName;
    }

    /**
     * Lists the adapters served now, each by the registration that most of its requests get. A new
     * version stands in the place of the old one; new names come last.
     */
    public List<ServedAdapter> adapters() {
        return served.main();
    }

    /** Lists the registrations of all versions that are served now. */
    public List<ServedAdapter> registrations() {
        return served.all().stream()
                .flatMap(entry -> entry.registrations().values().stream())
                .toList();
    }

    /** Lists the adapters served now with their versions. */
    public List<CatalogueEntry> entries() {
        served.all().forEach(this::settle);
        return served.all();
    }

    /**
     * Returns the adapter that is served as {@code name} now, by the registration that most of its
     * requests get; empty for the base.
     */
    @Override
    public Optional<ServedAdapter> find(String name) {
        return served.find(name).flatMap(CatalogueEntry::main);
    }

    /** Returns the adapter of that name with its versions; empty for the base. */
    public Optional<CatalogueEntry> entry(String name) {
        return served.find(name).map(this::settle);
    }

    @Override
    public boolean isServed(String name, String registration) {
        return entry(name)
                .filter(entry -> entry.registrations().containsKey(registration))
                .isPresent();
    }

    private CatalogueEntry settle(CatalogueEntry entry) {
        var settled = entry.settled();
        if (settled.equals(entry)) {
            return entry;
        }
        synchronized (this) {
            if (served.find(entry.name()).filter(entry::equals).isPresent()) {
                put(settled);
            }
        }
        return settled;
    }

    /** Serves {@code entry}; returns what had its name before. */
    public synchronized Optional<CatalogueEntry> put(CatalogueEntry entry) {
        return served.put(entry);
    }

    /** Takes a name away; returns what had it. */
    public synchronized Optional<CatalogueEntry> remove(String name) {
        return served.remove(name);
    }

    /**
     * Chooses the version of a call. An adapter of exactly that name comes first; then {@code
     * name@number} names a version, and {@code name@alias} an alias. Blocks while content is
     * validated whose version the choice depends on.
     *
     * @param user of the call, for routes that are sticky; null if it gives none
     * @param draw draws a position in [0, 1)
     * @return empty if there is no such adapter
     * @throws NoSuchAdapterException if the adapter has no such version or alias, or none served
     * @throws IllegalStateException if content that had to be validated cannot be served
     */
    public Optional<VersionChoice> choose(
            String model, @Nullable String user, DoubleSupplier draw) {
        var exact = entry(model);
        if (exact.isPresent()) {
            return exact.map(entry -> choose(entry, AliasRecord.DEFAULT, user, draw));
        }
        int at = model.lastIndexOf('@');
        return at < 1 || at == model.length() - 1
                ? Optional.empty()
                : entry(model.substring(0, at))
                        .map(entry -> {
                            var suffix = model.substring(at + 1);
                            return NUMBER.matcher(suffix).matches()
                                    ? version(entry, Integer.parseInt(suffix))
                                    : choose(entry, suffix, user, draw);
                        });
    }

    private VersionChoice choose(
            CatalogueEntry found, String alias, @Nullable String user, DoubleSupplier draw) {
        var record = found.record().alias(alias);
        if (record.isEmpty()) {
            throw NoSuchAdapterException.version(found.name(), "@" + alias);
        }
        var route = record.get().route();
        boolean isSure = alias.isEmpty() && route.isSingle();
        var entry = isSure ? found : validated(found, route);
        // A content that proved to be another one may have moved the route.
        var current = entry.record().alias(alias).orElse(record.get()).route();
        var served = entry.servedOf(current).orElseThrow(() -> entry.unserved(current.main()));
        int number =
                served.sticky() && user != null
                        ? served.choose(entry.name(), user)
                        : served.choose(draw.getAsDouble());
        return choice(entry, number, alias, false, shadow(entry, alias, number).orElse(null));
    }

    /** Returns the shadow of an alias whose content is known, unless it is the version chosen. */
    private Optional<VersionChoice> shadow(CatalogueEntry entry, String alias, int chosen) {
        return entry.record().alias(alias).stream()
                .flatMapToInt(known -> known.shadow().stream())
                .filter(number -> number != chosen)
                .boxed()
                .filter(number -> isKnown(entry.served().get(number)))
                .map(number -> choice(entry, number, alias, false, null))
                .findFirst();
    }

    /**
     * Returns the author and payer of an alias's shadow, as the audit names them; empty if the
     * server does.
     */
    public Optional<String> shadowOwner(String adapter, String alias) {
        return served.find(adapter)
                .flatMap(entry -> entry.record().alias(alias))
                .flatMap(AliasRecord::shadowOwner);
    }

    private static boolean isKnown(@Nullable ServedAdapter adapter) {
        return adapter != null && adapter.version().isPresent();
    }

    private VersionChoice version(CatalogueEntry found, int number) {
        var entry = validated(found, AliasRoute.to(number));
        if (!entry.served().containsKey(number)) {
            throw entry.unserved(number);
        }
        return choice(entry, number, "", true, null);
    }

    private VersionChoice choice(
            CatalogueEntry entry,
            int number,
            String alias,
            boolean isNumbered,
            @Nullable VersionChoice shadow) {
        var served = entry.served().get(number);
        var version = entry.record().version(number);
        if (served == null || version.isEmpty()) {
            throw entry.unserved(number);
        }
        return new VersionChoice(this, version.get(), served, alias, isNumbered, shadow);
    }

    /** Validates the content of a route's versions, so that their numbers are certain. */
    private CatalogueEntry validated(CatalogueEntry entry, AliasRoute route) {
        boolean isNew = false;
        for (int number : route.weights().keySet()) {
            var adapter = entry.served().get(number);
            if (adapter != null && adapter.source().knownVersion().isEmpty()) {
                validate(adapter);
                isNew = true;
            }
        }
        return isNew ? entry(entry.name()).orElse(entry) : entry;
    }

    private static void validate(ServedAdapter adapter) {
        try {
            var _ = adapter.source().validate();
        } catch (LoadException e) {
            throw new IllegalStateException(
                    "Adapter '%s' cannot be served: %s".formatted(adapter.name(), e.getMessage()),
                    e);
        }
    }

    /** Returns the adapter of that name as it was last changed. */
    Optional<CatalogueEntry> unsettled(String name) {
        return served.find(name);
    }

    /**
     * Returns {@code name@number} and the first 12 digits of a version's hash; empty while its
     * content has not been validated.
     */
    public Optional<String> label(VersionChoice choice) {
        return choice.label(entry(choice.adapter()));
    }
}
