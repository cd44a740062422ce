package org.dlora.catalogue.served;

import java.util.Optional;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.AdapterChoice;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.jspecify.annotations.Nullable;

/**
 * The version of an adapter that one call gets. All sequences of the call share it. Thread-safe.
 */
public final class VersionChoice implements AdapterChoice {
    /** Hexadecimal digits of a version's hash in a label. */
    private static final int DIGITS = 12;

    private final Catalogue catalogue;
    private final VersionRecord version;
    private final String alias;
    private final boolean isNumbered;
    private final @Nullable VersionChoice shadow;
    private volatile ServedAdapter served;

    /**
     * @param catalogue that the version was chosen from
     * @param alias that the client named, empty for the adapter's name alone
     * @param isNumbered whether the client gave the version's number
     * @param shadow version that answers once more, unseen by the client; null for none
     */
    VersionChoice(
            Catalogue catalogue,
            VersionRecord version,
            ServedAdapter served,
            String alias,
            boolean isNumbered,
            @Nullable VersionChoice shadow) {
        this.catalogue = catalogue;
        this.shadow = shadow;
        this.version = version;
        this.served = served;
        this.alias = alias;
        this.isNumbered = isNumbered;
    }

    @Override
    public String adapter() {
        return served.name();
    }

    /** Returns the version as it was when it was chosen. */
    public VersionRecord version() {
        return version;
    }

    @Override
    public int number() {
        return version.number();
    }

    @Override
    public String alias() {
        return alias;
    }

    /** Returns the version that answers once more, unseen by the client. */
    public Optional<VersionChoice> shadow() {
        return Optional.ofNullable(shadow);
    }

    @Override
    public ServedAdapter served() {
        return served;
    }

    /**
     * Returns the registration that the catalogue has for the choice now. It is another one than
     * chosen if that has gone, provided that the prompt and all parameters are the same.
     *
     * @throws NoSuchAdapterException if the version that the client named has gone
     * @throws IllegalStateException if the version has gone, and the next one has other defaults
     */
    @Override
    public ServedAdapter current() {
        var entry =
                catalogue
                        .unsettled(adapter())
                        .orElseThrow(() -> new NoSuchAdapterException(adapter()));
        if (entry.registrations().containsKey(served.id())) {
            return served;
        }
        var main = entry.main().orElseThrow(() -> new NoSuchAdapterException(adapter()));
        if (isNumbered || !alias.isEmpty()) {
            throw NoSuchAdapterException.version(adapter(), "@" + version.number());
        }
        var next = entry.record().version(entry.record().route().main()).orElse(version);
        if (!next.defaults().equals(version.defaults())
                || !main.source().format().hash().equals(version.extras())) {
            throw new IllegalStateException(
                    "Adapter '%s' was changed while the request was read; send it again"
                            .formatted(adapter()));
        }
        served = main;
        return main;
    }

    /**
     * Returns {@code name@number} and the first digits of the version's hash; empty while its
     * content has not been validated.
     */
    Optional<String> label(Optional<CatalogueEntry> entry) {
        var now = served;
        var number = entry.flatMap(known -> known.versionOf(now, version)).orElse(version);
        return now.source()
                .knownVersion()
                .flatMap(content -> number.withWeights(content).hash())
                .map(hash ->
                        "%s@%d %s"
                                .formatted(
                                        now.name(),
                                        number.number(),
                                        hash.substring(0, Math.min(DIGITS, hash.length()))));
    }
}
