package org.dlora.store.history;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.List;
import org.dlora.store.StoredText;

/** Converter of the ids of replicas to one text, with commas between them. */
@Converter
final class ReplicaNames implements AttributeConverter<List<String>, String> {
    @Override
    public String convertToDatabaseColumn(List<String> replicas) {
        return StoredText.name(String.join(",", replicas));
    }

    @Override
    public List<String> convertToEntityAttribute(String column) {
        return column.isEmpty() ? List.of() : List.of(column.split(","));
    }
}
