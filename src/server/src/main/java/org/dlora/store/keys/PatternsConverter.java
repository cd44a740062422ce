package org.dlora.store.keys;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import org.dlora.security.AdapterPatterns;

/** Converter of patterns of adapters' names to one text, a pattern on each line. */
@Converter(autoApply = true)
final class PatternsConverter implements AttributeConverter<AdapterPatterns, String> {
    @Override
    public String convertToDatabaseColumn(AdapterPatterns patterns) {
        return String.join("\n", patterns.patterns());
    }

    @Override
    public AdapterPatterns convertToEntityAttribute(String column) {
        return new AdapterPatterns(column.lines().toList());
    }
}
