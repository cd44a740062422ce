package org.dlora.store;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** Number of changes to the catalogue of a base model. */
@Entity
@Table(name = "catalogue_change")
class ChangeRow {
    @Id String base = "";
    long number;

    /** For Hibernate. */
    ChangeRow() {}

    ChangeRow(String base, long number) {
        this.base = base;
        this.number = number;
    }
}
