package org.dlora.operate;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.ServiceWeights;

/**
 * Guard of what the manifest says of adapters against changes by others. A change that leaves that
 * as it is may be made; each method throws {@link
 * org.dlora.catalogue.manifest.ManagedAdapterException} for another one.
 */
public record ManifestGuard(ManagedAdapters managed) {

    /**
     * Checks a new version.
     *
     * @param isActivated whether requests for the name get the version
     */
    public void addVersion(String name, boolean isActivated) {
        managed.requireFreeContent(name);
        if (isActivated) {
            managed.requireFree(name, DesiredAdapter.ROUTE);
        }
    }

    /** Checks that an adapter's name or one of its versions is taken away. */
    public void withdraw(String name) {
        managed.requireFreeContent(name);
    }

    /** Checks an update of an adapter; one that is not served has nothing to guard. */
    public void update(
            Optional<AdapterRecord> adapter,
            UnaryOperator<AdapterDetails> details,
            UnaryOperator<VersionDefaults> defaults) {
        adapter.ifPresent(record -> {
            var before =
                    record.version(record.route().main())
                            .map(VersionRecord::defaults)
                            .orElse(VersionDefaults.NONE);
            var after = defaults.apply(before);
            for (var member : managed.members(record.name())) {
                if (isChanged(member, record, details, before, after)) {
                    managed.requireFree(record.name(), member);
                }
            }
        });
    }

    private static boolean isChanged(
            String member,
            AdapterRecord record,
            UnaryOperator<AdapterDetails> details,
            VersionDefaults before,
            VersionDefaults after) {
        var changed = details.apply(record.details());
        return switch (member) {
            case DesiredAdapter.DESCRIPTION,
                    DesiredAdapter.OWNER,
                    DesiredAdapter.TAGS,
                    DesiredAdapter.SYSTEM_PROMPT,
                    DesiredAdapter.PARAMETERS ->
                    !DesiredAdapter.value(member, record.details(), before, 1)
                            .equals(DesiredAdapter.value(member, changed, after, 1));
            // Other defaults are another version, which gets the requests for the name.
            case DesiredAdapter.ROUTE -> !before.equals(after);
            default -> false;
        };
    }

    /**
     * Checks a new route of an alias.
     *
     * @param adapter empty if it is not served
     * @param alias empty for the adapter's name alone
     */
    public void route(
            String name,
            Optional<AdapterRecord> adapter,
            String alias,
            AliasRoute route,
            OptionalInt shadow) {
        boolean hasShadow =
                managed.find(name)
                        .map(wanted -> wanted.routes().get(alias))
                        .filter(wanted -> wanted.shadow().isPresent())
                        .isPresent();
        boolean isAsItIs =
                adapter.flatMap(record -> record.alias(alias))
                        .filter(known -> known.route().equals(route))
                        .filter(known -> !hasShadow || known.shadow().equals(shadow))
                        .isPresent();
        if (!isAsItIs) {
            route(name, alias);
        }
    }

    /** Checks that an alias gets an earlier route, or none. */
    public void route(String name, String alias) {
        managed.requireFree(name, DesiredAdapter.route(alias));
    }

    /** Checks the prompts of a gate. */
    public void setGate(String name, List<GateDraft> prompts) {
        boolean isAsItIs =
                managed.find(name)
                        .flatMap(DesiredAdapter::gate)
                        // Without expectations it would have other answers recorded.
                        .filter(gate -> gate.complete().isPresent())
                        .filter(gate -> gate.prompts().equals(prompts))
                        .isPresent();
        if (!isAsItIs) {
            removeGate(name);
        }
    }

    /** Checks that a gate is removed. */
    public void removeGate(String name) {
        managed.requireFree(name, DesiredAdapter.GATE);
    }

    /** Checks that an adapter is deleted. */
    public void delete(String name) {
        managed.members(name).forEach(member -> managed.requireFree(name, member));
    }

    /** Checks that an adapter is pinned or unpinned. */
    public void pin(String name, boolean pinned) {
        boolean isWanted =
                managed.find(name)
                        .filter(adapter -> adapter.details().pinned().orElse(false) == pinned)
                        .isPresent();
        if (!isWanted) {
            managed.requireFree(name, DesiredAdapter.PINNED);
        }
    }

    /** Returns a change of the scheduling that checks the shares when it is made. */
    public UnaryOperator<SchedulingSettings> schedule(UnaryOperator<SchedulingSettings> change) {
        return before -> {
            var after = change.apply(before);
            requireFree(before.weights(), after.weights());
            return after;
        };
    }

    private void requireFree(ServiceWeights before, ServiceWeights after) {
        var names = new TreeSet<>(before.byName().keySet());
        names.addAll(after.byName().keySet());
        for (var name : names) {
            if (before.of(name) != after.of(name)) {
                managed.requireFree(name, DesiredAdapter.SHARE);
            }
        }
    }
}
