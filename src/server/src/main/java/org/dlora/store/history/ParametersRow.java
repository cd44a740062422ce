package org.dlora.store.history;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.dlora.catalogue.history.TextHash;

/** Parameters that requests share, in table {@code request_parameters}. */
@Entity
@Table(name = "request_parameters")
final class ParametersRow {
    /** SHA-256 of the parameters. */
    @Id String hash = "";

    String parameters = "";

    /** Key of the newest request with them, within {@link ParametersTables#HOUR}. */
    long lastId;

    static ParametersRow of(String json, long request) {
        var row = new ParametersRow();
        row.hash = TextHash.of(json);
        row.parameters = json;
        row.lastId = request;
        return row;
    }
}
