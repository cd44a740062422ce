package org.dlora.catalogue.served;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;

/**
 * The version of an adapter that answered a request before, by the hash of its weights.
 *
 * @param adapter its name
 * @param weights hash of the weights; null if only the number is known
 * @param number at that time; null if it is not known. Another version may have the same weights
 */
public record EarlierVersion(String adapter, @Nullable String weights, @Nullable Integer number) {

    /**
     * Finds it among the versions that are served, whether an alias uses it or not. Blocks while
     * content is validated that may be it.
     *
     * @throws NoSuchAdapterException if no adapter of that name is served
     * @throws VersionGoneException if the adapter does not have that content any more
     */
    public VersionChoice in(Catalogue catalogue) {
        var entry = entry(catalogue);
        var found = find(entry);
        if (found.isEmpty() && weights != null) {
            entry.registrations().values().forEach(EarlierVersion::validate);
            entry = entry(catalogue);
            found = find(entry);
        }
        var last = entry;
        return found.flatMap(chosen -> choice(catalogue, last, chosen))
                .orElseThrow(() -> gone(last));
    }

    private CatalogueEntry entry(Catalogue catalogue) {
        return catalogue.entry(adapter).orElseThrow(() -> new NoSuchAdapterException(adapter));
    }

    private Optional<Integer> find(CatalogueEntry entry) {
        var content = Optional.ofNullable(weights);
        if (content.isEmpty()) {
            return Optional.ofNullable(number).filter(known -> entry.served().containsKey(known));
        }
        return entry.served().entrySet().stream()
                .filter(one -> one.getValue().source().knownVersion().equals(content))
                .map(Map.Entry::getKey)
                .min(Comparator.comparing(one -> !one.equals(number)));
    }

    private static Optional<VersionChoice> choice(
            Catalogue catalogue, CatalogueEntry entry, int number) {
        return Optional.ofNullable(entry.served().get(number))
                .flatMap(served ->
                        entry.record()
                                .version(number)
                                .map(version ->
                                        new VersionChoice(
                                                catalogue, version, served, "", true, null)));
    }

    private static void validate(ServedAdapter adapter) {
        try {
            var _ = adapter.source().validate();
        } catch (LoadException _) {
            // Not the content that is looked for.
        }
    }

    private VersionGoneException gone(CatalogueEntry entry) {
        var version =
                Optional.ofNullable(number)
                        .flatMap(entry.record()::version)
                        .filter(one ->
                                weights == null
                                        || one.weights().equals(Optional.ofNullable(weights)));
        var name =
                version.map(one -> "Version %d of adapter '%s'".formatted(one.number(), adapter))
                        .orElse("The content of adapter '%s' that answered".formatted(adapter));
        var why =
                version.flatMap(VersionRecord::retired)
                        .orElse(
                                version.isPresent()
                                        ? "its files cannot be served"
                                        : "no version has the hash " + weights);
        return new VersionGoneException(
                "%s is not served any more (%s). Its files, added again by POST /admin/adapters/%s/versions, become that version again"
                        .formatted(name, why, adapter));
    }
}
