package org.dlora.catalogue.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.dlora.audit.AuditedAction;
import org.junit.jupiter.api.Test;

class AliasRecordTest {
    private final AliasRecord none = AliasRecord.of(AliasRoute.to(1));

    private static AliasRecord shadowed(AliasRecord alias, String by, int... shadow) {
        var wanted = shadow.length == 0 ? OptionalInt.empty() : OptionalInt.of(shadow[0]);
        return AuditedAction.call(by, "adapter.route", () -> alias.shadowed(wanted));
    }

    @Test
    void aShadowBelongsToTheFirstAuthorOfItsVersion() {
        var first = shadowed(none, "one", 2);
        assertThat(first.shadowOwner()).hasValue("one");
        assertThat(shadowed(first, "other", 2).shadowOwner()).hasValue("one");
        assertThat(shadowed(first, "other", 3).shadowOwner()).hasValue("other");
        var rolledBack = first.to(AliasRoute.to(4)).rolledBack().orElseThrow();
        assertThat(rolledBack.shadow()).isEqualTo(first.shadow());
        assertThat(rolledBack.shadowOwner()).hasValue("one");
        assertThat(first.to(AliasRoute.to(4)).shadowOwner()).hasValue("one");
        assertThat(first.replaced(2, 5).shadowOwner()).hasValue("one");
    }

    @Test
    void noShadowHasNoOwner() {
        assertThat(shadowed(shadowed(none, "one", 2), "other").shadowOwner()).isEmpty();
    }

    @Test
    void anUnownedShadowBelongsToItsNextAuthor() {
        var unowned = none.shadowed(OptionalInt.of(2));
        assertThat(unowned.shadowOwner()).isEmpty();
        assertThat(shadowed(unowned, "one", 2).shadowOwner()).hasValue("one");
    }

    @Test
    void anOwnerIsAsTheStoreGivesThemBack() {
        assertThat(shadowed(none, "n".repeat(300), 2).shadowOwner()).hasValue("n".repeat(255));
    }
}
