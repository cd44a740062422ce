package org.dlora.catalogue.manifest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.served.AuditedAdapter;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRecord;
import org.jspecify.annotations.Nullable;

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
        private final Optional<CatalogueEntry> before;
        private final double shareBefore;

        Application(DesiredAdapter desired) {
            this.desired = desired;
            before = entry();
            shareBefore = target.share(desired.name());
        }

        AppliedAdapter run() {
            if (!desired.served()) {
                if (target.find(desired.name()).isPresent()) {
                    attempt(() -> target.unregister(desired.name()));
                }
                return result();
            }
            if (entry().isPresent() && !isGated()) {
                return result();
            }
            desired.sources().forEach(this::resolve);
            if (target.find(desired.name()).isEmpty()) {
                if (desired.sources().isEmpty()) {
                    problems.add(
                            "it is not served; name its source, load it, or put its folder below a root");
                }
                return result();
            }
            if (!isGated()) {
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

        /**
         * Sets the gate if it differs; returns whether it is in force. Versions are not changed
         * before, as they would not be judged by it.
         */
        private boolean isGated() {
            desired.gate()
                    .ifPresent(gate ->
                            change(
                                    Set.of(DesiredAdapter.GATE),
                                    () -> target.gate(desired.name(), gate)));
            return Difference.of(actual()).stream()
                    .noneMatch(difference -> difference.member().equals(DesiredAdapter.GATE));
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
            var all = desired.numbered(numbers);
            var wanted = route.route(all);
            var shadow = route.shadow(all);
            var present = entry().flatMap(known -> known.record().alias(alias));
            boolean isKnown =
                    wanted.isPresent() && shadow.isPresent() == route.shadow().isPresent();
            if (isKnown
                    && !(wanted.equals(present.map(AliasRecord::route))
                            && route.hasShadow(present, all))) {
                attempt(() -> target.route(desired.name(), alias, wanted.get(), shadow));
            }
        }

        private void change(Set<String> members, Runnable change) {
            if (Difference.of(actual()).stream()
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

        private static Optional<AdapterRecord> record(Optional<CatalogueEntry> of) {
            return of.map(CatalogueEntry::record);
        }

        private static @Nullable Map<String, ?> audited(Optional<CatalogueEntry> of, double share) {
            var values = AuditedAdapter.of(of);
            if (values == null) {
                return null;
            }
            var all = new LinkedHashMap<String, Object>(values);
            all.put(DesiredAdapter.SHARE, share);
            return all;
        }

        private ActualAdapter actual() {
            return new ActualAdapter(desired, entry(), target.share(desired.name()), numbers);
        }

        private AppliedAdapter result() {
            double share = target.share(desired.name());
            boolean isChanged = !record(entry()).equals(record(before)) || share != shareBefore;
            return new AppliedAdapter(
                    actual(),
                    audited(before, shareBefore),
                    audited(entry(), share),
                    isChanged,
                    pending,
                    problems);
        }
    }
}
