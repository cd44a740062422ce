package org.dlora.catalogue.served;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.cluster.facts.ShadowTotals;

/**
 * Service that shows and changes adapters with their versions and aliases. Changes come one at a
 * time, are written to the store before they take effect, and change nothing if they fail. They
 * block; no event loop makes them. Each throws {@link
 * org.dlora.catalogue.versions.CatalogueUnavailableException} if the database is away. Thread-safe.
 */
public interface CatalogueService {

    /** Lists the served adapters, in the order of {@code /v1/models}. */
    List<CatalogueEntry> entries();

    /** Returns a served adapter; empty if there is none of that name. */
    Optional<CatalogueEntry> find(String name);

    /**
     * Changes what is said of an adapter, and the defaults of its requests. Other defaults are
     * another version, which gets the requests for the name.
     *
     * @throws NoSuchAdapterException if none has that name
     * @throws GateFailedException if the defaults change, and the version does not pass the gate
     * @throws IllegalStateException if the defaults change while the name alone stands for several
     *     versions
     */
    CatalogueEntry update(
            String name,
            UnaryOperator<AdapterDetails> details,
            UnaryOperator<VersionDefaults> defaults);

    /**
     * Validates the adapter in a folder as a version of a served adapter.
     *
     * @param path its folder, below a root
     * @param isActivated whether requests for the name get it
     * @return the number of the version
     * @throws NoSuchAdapterException if none has that name
     * @throws org.dlora.adapter.AdapterRefusedException if it cannot be served
     * @throws GateFailedException if it is to be activated, and does not pass the gate
     * @throws IllegalStateException if it can never fit into the memory
     */
    int addVersion(String name, String path, boolean isActivated);

    /**
     * Retires a version, whose requests run to their end. Its number is never given again.
     *
     * @throws NoSuchAdapterException if there is no such adapter, or no such version of it
     * @throws IllegalStateException if an alias uses it
     */
    CatalogueEntry retire(String name, int version);

    /**
     * Sets the route of an alias. New requests get its versions once their content is validated;
     * running ones finish on theirs.
     *
     * @param alias empty for the name alone
     * @param shadow version that answers each request once more, unseen by the client; empty for
     *     none
     * @throws NoSuchAdapterException if there is no such adapter, or one of the versions is not
     *     served
     * @throws GateFailedException if a version that the alias has not had does not pass the gate
     * @throws IllegalStateException if a version's content cannot be served
     */
    CatalogueEntry route(String name, String alias, AliasRoute route, OptionalInt shadow);

    /** Sets the route of an alias, as above, and leaves its shadow as it is. */
    default CatalogueEntry route(String name, String alias, AliasRoute route) {
        var shadow =
                find(name)
                        .flatMap(entry -> entry.record().alias(alias))
                        .map(AliasRecord::shadow)
                        .orElse(OptionalInt.empty());
        return route(name, alias, route, shadow);
    }

    /**
     * Returns the sums over the runs of an alias's shadow since the server's start; empty if it has
     * none, or that has not run.
     *
     * @param alias empty for the name alone
     */
    Optional<ShadowTotals> shadow(String name, String alias);

    /**
     * Gives an alias the route that it had before.
     *
     * @throws NoSuchAdapterException if there is no such adapter or alias
     * @throws GateFailedException if a version of that route never passed a gate, and does not pass
     * @throws IllegalStateException if there is no earlier route whose versions are served
     */
    default CatalogueEntry rollBack(String name, String alias) {
        return rollBack(name, alias, Optional.empty());
    }

    /**
     * Does {@link #rollBack(String, String)} from a given route alone. Where that has been done
     * already, nothing changes.
     *
     * @param from the route to leave; empty for the one in force
     * @throws IllegalStateException also if the alias has another route for another reason
     */
    CatalogueEntry rollBack(String name, String alias, Optional<AliasRoute> from);

    /**
     * Sets the gate of an adapter. The version that the name stands for answers the prompts that
     * have no expectation. Versions that have requests keep them.
     *
     * @throws NoSuchAdapterException if there is no such adapter
     * @throws IllegalArgumentException if there are too many prompts, or one cannot be answered
     * @throws IllegalStateException if the prompts cannot be run to their end
     */
    CatalogueEntry setGate(String name, List<GateDraft> prompts);

    /**
     * Removes the gate of an adapter.
     *
     * @throws NoSuchAdapterException if there is no such adapter, or no gate
     */
    CatalogueEntry removeGate(String name);

    /**
     * Runs the gate of an adapter with one of its versions, and keeps the result.
     *
     * @throws NoSuchAdapterException if there is no such adapter or version, or no gate
     * @throws IllegalStateException if the gate cannot be run to its end
     */
    CatalogueEntry judge(String name, int version);

    /**
     * Removes an alias other than the name itself.
     *
     * @throws NoSuchAdapterException if there is no such adapter or alias
     */
    CatalogueEntry removeAlias(String name, String alias);

    /**
     * Takes an adapter away, and forgets its versions, aliases and details.
     *
     * @param isForced whether its requests are ended; else they run to their end
     * @return completes when the last of them has ended and the memory is free
     * @throws NoSuchAdapterException if none has that name
     */
    CompletableFuture<Void> delete(String name, boolean isForced);
}
