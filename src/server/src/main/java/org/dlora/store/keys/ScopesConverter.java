package org.dlora.store.keys;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.Set;
import org.dlora.security.Scope;

/** Converter of a key's scopes to one text, a scope on each line. */
@Converter
final class ScopesConverter implements AttributeConverter<Set<Scope>, String> {
    @Override
    public String convertToDatabaseColumn(Set<Scope> scopes) {
        return scopes.stream().map(Scope::label).sorted().collect(joining("\n"));
    }

    @Override
    public Set<Scope> convertToEntityAttribute(String column) {
        return column.lines().flatMap(label -> Scope.of(label).stream()).collect(toSet());
    }
}
