package org.dlora.store.history;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;

/** Sums over the requests of a day by UTC in table {@code usage_day}. */
@Entity
@Table(name = "usage_day")
@AttributeOverride(name = "id.begin", column = @Column(name = "day_at"))
final class DayUsageRow extends UsageRow {}
