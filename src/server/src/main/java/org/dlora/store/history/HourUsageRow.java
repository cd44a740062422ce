package org.dlora.store.history;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;

/** Sums over the requests of an hour in table {@code usage_hour}. */
@Entity
@Table(name = "usage_hour")
@AttributeOverride(name = "id.begin", column = @Column(name = "hour_at"))
final class HourUsageRow extends UsageRow {}
