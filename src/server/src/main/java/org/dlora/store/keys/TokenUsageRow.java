package org.dlora.store.keys;

import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.LocalDate;

/** Row of table {@code token_usage}: usage of one owner on a day in one run of a server. */
@Entity
@Table(name = "token_usage")
class TokenUsageRow {
    @EmbeddedId TokenUsageKey id = new TokenUsageKey("", LocalDate.EPOCH, "");
    long requests;
    long tokens;
}
