package org.dlora.store;

import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;

/** Weight of a model's service. */
@Entity
@Table(name = "model_share")
class ShareRow {

    /**
     * Key of a weight.
     *
     * @param base content hash of the base model's weights
     * @param model the adapter's name; empty for the base model
     */
    @Embeddable
    record Key(String base, String model) {}

    @EmbeddedId Key key = new Key("", "");
    double weight;

    /** For Hibernate. */
    ShareRow() {}

    ShareRow(Key key, double weight) {
        this.key = key;
        this.weight = weight;
    }
}
