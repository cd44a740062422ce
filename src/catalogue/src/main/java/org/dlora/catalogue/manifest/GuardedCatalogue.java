package org.dlora.catalogue.manifest;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AdapterRoute;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.facts.ShadowTotals;

/**
 * Changes of the catalogue by others than the manifest. One that leaves what the manifest says as
 * it is may be made.
 *
 * @param service makes them
 */
public record GuardedCatalogue(CatalogueService service, ManagedAdapters managed)
        implements CatalogueService {

    @Override
    public List<CatalogueEntry> entries() {
        return service.entries();
    }

    @Override
    public Optional<CatalogueEntry> find(String name) {
        return service.find(name);
    }

    @Override
    public CatalogueEntry update(
            String name,
            UnaryOperator<AdapterDetails> details,
            UnaryOperator<VersionDefaults> defaults) {
        service.find(name)
                .map(CatalogueEntry::record)
                .ifPresent(record -> {
                    var before =
                            record.version(record.route().main())
                                    .map(VersionRecord::defaults)
                                    .orElse(VersionDefaults.NONE);
                    var after = defaults.apply(before);
                    managed.members(name)
                            .forEach(member -> {
                                if (isChanged(member, record, details, before, after)) {
                                    managed.requireFree(name, member);
                                }
                            });
                });
        return service.update(name, details, defaults);
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

    @Override
    public int addVersion(String name, String path, boolean isActivated, Optional<String> origin) {
        managed.requireFreeContent(name);
        if (isActivated) {
            managed.requireFree(name, DesiredAdapter.ROUTE);
        }
        return service.addVersion(name, path, isActivated, origin);
    }

    @Override
    public CatalogueEntry retire(String name, int version) {
        managed.requireFreeContent(name);
        return service.retire(name, version);
    }

    @Override
    public CatalogueEntry route(String name, String alias, AdapterRoute route, OptionalInt shadow) {
        boolean hasShadow =
                managed.find(name)
                        .map(adapter -> adapter.routes().get(alias))
                        .filter(wanted -> wanted.shadow().isPresent())
                        .isPresent();
        boolean isAsItIs =
                service.find(name)
                        .flatMap(entry -> entry.record().alias(alias))
                        .filter(known -> known.route().equals(route))
                        .filter(known -> !hasShadow || known.shadow().equals(shadow))
                        .isPresent();
        if (!isAsItIs) {
            managed.requireFree(name, DesiredAdapter.route(alias));
        }
        return service.route(name, alias, route, shadow);
    }

    @Override
    public Optional<ShadowTotals> shadow(String name, String alias) {
        return service.shadow(name, alias);
    }

    @Override
    public CatalogueEntry setGate(String name, List<GateDraft> prompts) {
        boolean isAsItIs =
                managed.find(name)
                        .flatMap(DesiredAdapter::gate)
                        // Without expectations it would have other answers recorded.
                        .filter(gate -> gate.complete().isPresent())
                        .filter(gate -> gate.prompts().equals(prompts))
                        .isPresent();
        if (!isAsItIs) {
            managed.requireFree(name, DesiredAdapter.GATE);
        }
        return service.setGate(name, prompts);
    }

    @Override
    public CatalogueEntry removeGate(String name) {
        managed.requireFree(name, DesiredAdapter.GATE);
        return service.removeGate(name);
    }

    @Override
    public CatalogueEntry judge(String name, int version) {
        return service.judge(name, version);
    }

    @Override
    public CatalogueEntry rollBack(String name, String alias, Optional<AdapterRoute> from) {
        managed.requireFree(name, DesiredAdapter.route(alias));
        return service.rollBack(name, alias, from);
    }

    @Override
    public CatalogueEntry removeAlias(String name, String alias) {
        managed.requireFree(name, DesiredAdapter.route(alias));
        return service.removeAlias(name, alias);
    }

    @Override
    public CompletableFuture<Void> delete(String name, boolean isForced) {
        managed.members(name).forEach(member -> managed.requireFree(name, member));
        return service.delete(name, isForced);
    }
}
