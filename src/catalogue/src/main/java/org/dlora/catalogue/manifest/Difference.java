package org.dlora.catalogue.manifest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member of an adapter that is not as the manifest wants it.
 *
 * @param member such as {@code description}, {@code versions.LABEL}, {@code route} or {@code
 *     aliases.NAME}
 * @param desired value of JSON
 * @param actual value of JSON; null if there is none
 */
public record Difference(String adapter, String member, Object desired, @Nullable Object actual) {

    /** Returns the members of an adapter that are not as the manifest wants them. */
    static List<Difference> of(ActualAdapter actual) {
        var desired = actual.desired();
        var members = actual.members();
        return desired.members().entrySet().stream()
                .filter(member -> !member.getValue().equals(members.get(member.getKey())))
                .map(member ->
                        new Difference(
                                desired.name(),
                                member.getKey(),
                                member.getValue(),
                                members.get(member.getKey())))
                .toList();
    }
}
