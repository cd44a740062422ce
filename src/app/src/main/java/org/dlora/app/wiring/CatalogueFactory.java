package org.dlora.app.wiring;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.CatalogueFollower;
import org.dlora.catalogue.HostedCatalogue;
import org.dlora.catalogue.MeasuredScheduling;
import org.dlora.catalogue.RestoredCatalogue;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.engine.opening.Closing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Factory of the catalogue: its content at the start, and its services once requests are served.
 */
@Component
final class CatalogueFactory {
    private static final Logger log = LoggerFactory.getLogger(CatalogueFactory.class);

    /** A look costs a query of one row. */
    private static final Duration BETWEEN_LOOKS_AT_STORE = Duration.ofSeconds(2);

    private final DloraProperties settings;
    private final CatalogueOpening opening;
    private final ClusterEvents events;
    private final TokenAccounts accounts;
    private final Clock clock;

    /**
     * @param opening of the catalogue's store
     * @param accounts of those who order gates and shadows
     */
    CatalogueFactory(
            DloraProperties settings,
            CatalogueOpening opening,
            ClusterEvents events,
            TokenAccounts accounts,
            Clock clock) {
        this.settings = settings;
        this.opening = opening;
        this.events = events;
        this.accounts = accounts;
        this.clock = clock;
    }

    /** Starts to open the catalogue's database. */
    void open() {
        opening.begin();
    }

    /** Reads the store, and registers its adapters and those below the roots. */
    RestoredAdapters restore(PlacedWeights placed, InitialAdapters initial, Closing closing) {
        var contents = closing.later(contents());
        var source = placed.model().adapters(contents.folder());
        var registrations = new Registrations(clock, 0);
        var store = opening.store(placed.identity().content());
        var kept = opening.content(store);
        var restored =
                RestoredCatalogue.of(
                        placed.model().source().name(),
                        initial.served(registrations),
                        kept.orElse(CatalogueContent.EMPTY),
                        source,
                        registrations);
        return new RestoredAdapters(
                placed.model(), initial, contents, source, registrations, store, kept, restored);
    }

    /** Returns the store of acquired adapters, without what killed servers have left there. */
    private ContentStore contents() {
        var store = new ContentStore(settings.homeFolder().resolve("adapters"));
        try {
            store.clean();
            store.join();
        } catch (IOException e) {
            log.warn("The store of adapters {} cannot be used: {}", store.folder(), e.toString());
        }
        return store;
    }

    /** Starts the services that change the catalogue and the scheduling. */
    CatalogueServices serve(
            RestoredAdapters restored, Cluster cluster, MeasuredPermits permits, Closing closing) {
        var hosted = new HostedCatalogue(cluster, restored.catalogue());
        var scheduling = new MeasuredScheduling(hosted, permits, restored.store());
        var adapters =
                closing.later(
                        new RuntimeAdapters(
                                hosted,
                                cluster.pool().memories(),
                                restored.source(),
                                clock,
                                restored.registrations(),
                                restored.store()));
        adapters.removeUnused(restored.contents());
        adapters.tell(events);
        adapters.chargeTo(accounts);
        restored.kept()
                .ifPresentOrElse(
                        content -> {
                            adapters.restored(content, restored.restored().unserved());
                            scheduling.restore(content.shares());
                        },
                        () ->
                                opening.later(
                                        restored.store(),
                                        late -> {
                                            adapters.restore(late, settings.adapters().pinned());
                                            scheduling.restore(late.shares());
                                        }));
        return new CatalogueServices(restored, adapters, scheduling);
    }

    /** Starts to take over what other servers change in the store. */
    void follow(CatalogueServices services, Closing closing) {
        var restored = services.restored();
        closing.later(
                        new CatalogueFollower(
                                restored.store(),
                                services.adapters(),
                                services.scheduling(),
                                followed(restored.model().source().name())))
                .start();
    }

    /** Returns the settings, which other servers do not change. */
    private CatalogueFollower.Settings followed(String base) {
        return new CatalogueFollower.Settings(
                BETWEEN_LOOKS_AT_STORE,
                Set.copyOf(settings.adapters().pinned()),
                settings.shares().stream()
                        .map(share -> share.model().equals(base) ? "" : share.model())
                        .collect(Collectors.toSet()));
    }
}
