package org.dlora.cluster.manifest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.catalogue.AdapterRecord;

/**
 * Application of a manifest: each adapter is compared with what is served, and what differs is
 * changed. Where nothing differs, nothing is done. An adapter that cannot be as the manifest wants
 * it keeps what it has, and keeps no other from being changed.
 */
public final class Reconciliation {
    private static final Set<String> DETAILS =
            Set.of(DesiredAdapter.DESCRIPTION, DesiredAdapter.OWNER, DesiredAdapter.TAGS);
    private static final Set<String> DEFAULTS =
            Set.of(DesiredAdapter.SYSTEM_PROMPT, DesiredAdapter.PARAMETERS);

    private final ManifestTarget target;

    public Reconciliation(ManifestTarget target) {
        this.target = target;
    }

    ManifestTarget target() {
        return target;
    }

    /**
     * Applies what differs.
     *
     * @param isEnding whether the rest is left as it is, as the server is shutting down
     * @return the adapters in the order of the manifest, as they are now
     */
    List<AppliedAdapter> apply(Manifest manifest, BooleanSupplier isEnding) {
        return manifest.adapters().stream()
                .takeWhile(_ -> !isEnding.getAsBoolean())
                .map(adapter -> new Application(adapter).run())
                .toList();
    }

    /** The application of one adapter. */
    private final class Application {
        private final DesiredAdapter desired;
        private final Map<String, Integer> numbers = new LinkedHashMap<>();
        private final List<String> pending = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();
        private final Optional<AdapterRecord> before;
        private final double shareBefore;

        Application(DesiredAdapter desired) {
            this.desired = desired;
            before = record();
            shareBefore = target.share(desired.name());
        }

        AppliedAdapter run() {
            if (!desired.served()) {
                if (target.find(desired.name()).isPresent()) {
                    attempt(() -> target.unload(desired.name()));
                }
                return result();
            }
            desired.sources().forEach(this::resolve);
            if (target.find(desired.name()).isEmpty()) {
                if (desired.sources().isEmpty()) {
                    problems.add(
                            "it is not served; name its source, or put its folder below a root");
                }
                return result();
            }
            desired.routes().forEach(this::route);
            change(DETAILS, () -> target.update(desired));
            if (desired.sources().isEmpty()) {
                // Of the version that requests get. Versions of the manifest have them already.
                change(DEFAULTS, () -> target.update(desired));
            }
            change(
                    Set.of(DesiredAdapter.PINNED),
                    () -> target.pin(desired.name(), desired.details().pinned().orElse(false)));
            change(
                    Set.of(DesiredAdapter.SHARE),
                    () -> target.share(desired.name(), desired.share()));
            return result();
        }

        private void resolve(String label, String source) {
            attempt(() -> {
                switch (target.resolve(desired, source)) {
                    case Resolution.Ready(var number) -> numbers.put(label, number);
                    case Resolution.Pending(var why) -> pending.add(label + ": " + why);
                    case Resolution.Failed(var why) -> problems.add(label + ": " + why);
                }
            });
        }

        private void route(String alias, DesiredRoute route) {
            var wanted = route.route(desired.numbered(numbers));
            var present =
                    entry().flatMap(known -> known.record().alias(alias))
                            .map(known -> known.route());
            if (wanted.isPresent() && !wanted.equals(present)) {
                attempt(() -> target.route(desired.name(), alias, wanted.get()));
            }
        }

        private void change(Set<String> members, Runnable change) {
            if (actual().differences().stream()
                    .anyMatch(difference -> members.contains(difference.member()))) {
                attempt(change);
            }
        }

        private void attempt(Runnable change) {
            try {
                change.run();
            } catch (AdapterRefusedException | IllegalStateException | IllegalArgumentException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }

        private Optional<CatalogueEntry> entry() {
            return target.find(desired.name());
        }

        private Optional<AdapterRecord> record() {
            return entry().map(CatalogueEntry::record);
        }

        private ActualAdapter actual() {
            return new ActualAdapter(desired, entry(), target.share(desired.name()), numbers);
        }

        private AppliedAdapter result() {
            boolean isChanged =
                    !record().equals(before) || target.share(desired.name()) != shareBefore;
            return new AppliedAdapter(actual(), isChanged, pending, problems);
        }
    }
}
