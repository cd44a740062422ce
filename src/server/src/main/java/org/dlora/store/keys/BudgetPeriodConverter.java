package org.dlora.store.keys;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import org.dlora.security.limits.BudgetPeriod;
import org.jspecify.annotations.Nullable;

/** Converter of a budget's period to its word. */
@Converter(autoApply = true)
final class BudgetPeriodConverter
        implements AttributeConverter<@Nullable BudgetPeriod, @Nullable String> {
    @Override
    public @Nullable String convertToDatabaseColumn(@Nullable BudgetPeriod period) {
        return period == null ? null : period.label();
    }

    @Override
    public @Nullable BudgetPeriod convertToEntityAttribute(@Nullable String column) {
        return column == null ? null : BudgetPeriod.of(column).orElse(BudgetPeriod.MONTH);
    }
}
