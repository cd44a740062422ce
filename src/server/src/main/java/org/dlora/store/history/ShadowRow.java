package org.dlora.store.history;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.store.StoredText;

/** The outcome of a shadow in table {@code request_shadow}. */
@Entity
@Table(name = "request_shadow")
final class ShadowRow implements Row {
    @Id long id;
    String base = "";

    @Embedded
    @AttributeOverride(name = "request", column = @Column(name = "request_id"))
    @AttributeOverride(name = "number", column = @Column(name = "version_number"))
    @AttributeOverride(name = "version", column = @Column(name = "version_hash"))
    @Convert(attributeName = "outcome", converter = ShadowOutcomes.class)
    ShadowFacts facts;

    /** For Hibernate, which sets the fields. */
    @SuppressWarnings("NullAway.Init")
    ShadowRow() {}

    ShadowRow(long key, ShadowFacts facts, String base) {
        id = key;
        this.base = base;
        this.facts =
                facts.named(
                        StoredText.name(facts.request()),
                        StoredText.name(facts.adapter()),
                        StoredText.name(facts.alias()));
    }

    @Override
    public long key() {
        return id;
    }

    @Override
    public void moveTo(long key) {
        id = key;
    }

    @Override
    public boolean isSame(Row other) {
        return other instanceof ShadowRow row && facts.request().equals(row.facts.request());
    }
}
