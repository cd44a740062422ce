package org.dlora.store.history;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.Locale;
import org.dlora.cluster.facts.ShadowOutcome;

/** Converter of the outcomes of shadows to their words. */
@Converter
final class ShadowOutcomes implements AttributeConverter<ShadowOutcome, String> {
    @Override
    public String convertToDatabaseColumn(ShadowOutcome outcome) {
        return outcome.word();
    }

    @Override
    public ShadowOutcome convertToEntityAttribute(String word) {
        return ShadowOutcome.valueOf(word.toUpperCase(Locale.ROOT));
    }
}
