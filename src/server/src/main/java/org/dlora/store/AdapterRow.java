package org.dlora.store;

import jakarta.persistence.CollectionTable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.annotations.Fetch;
import org.hibernate.annotations.FetchMode;
import org.jspecify.annotations.Nullable;

/** An adapter of the catalogue, with its versions and routes. */
@Entity
@Table(name = "adapter")
class AdapterRow {

    /**
     * Key of an adapter.
     *
     * @param base content hash of the base model's weights
     */
    @Embeddable
    record Key(String base, String name) {}

    @EmbeddedId Key key = new Key("", "");
    String description = "";
    String owner = "";

    /** One tag a line. */
    String tags = "";

    @Nullable Boolean pinned;

    /** JSON of the gate. */
    @Nullable String gate;

    boolean unloaded;
    Instant createdAt = Instant.EPOCH;

    @ElementCollection(fetch = FetchType.EAGER)
    @CollectionTable(
            name = "adapter_version",
            joinColumns = {
                @JoinColumn(name = "base", referencedColumnName = "base"),
                @JoinColumn(name = "name", referencedColumnName = "name")
            })
    Set<VersionRow> versions = new HashSet<>();

    @ElementCollection(fetch = FetchType.EAGER)
    @CollectionTable(
            name = "adapter_route",
            joinColumns = {
                @JoinColumn(name = "base", referencedColumnName = "base"),
                @JoinColumn(name = "name", referencedColumnName = "name")
            })
    Set<RouteRow> routes = new HashSet<>();

    // By a query of its own, as a join would multiply the rows of all collections.
    @ElementCollection(fetch = FetchType.EAGER)
    @Fetch(FetchMode.SELECT)
    @CollectionTable(
            name = "adapter_gate_result",
            joinColumns = {
                @JoinColumn(name = "base", referencedColumnName = "base"),
                @JoinColumn(name = "name", referencedColumnName = "name")
            })
    Set<GateResultRow> gateResults = new HashSet<>();
}
