package org.dlora.console.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.cluster.history.AuditRecord;
import org.dlora.console.access.AuditItem.Difference;
import org.junit.jupiter.api.Test;

class AuditItemTest {

    @Test
    void onlyMembersThatDifferAreShown() {
        assertThat(
                        AuditItem.differences(
                                "{\"share\": 1, \"name\": \"red\", \"old\": [\"a\"]}",
                                "{\"share\": 2, \"name\": \"red\", \"new\": {\"b\": 1}}"))
                .containsExactly(
                        new Difference("new", "", "{\"b\":1}"),
                        new Difference("old", "[\"a\"]", ""),
                        new Difference("share", "1", "2"));
        assertThat(AuditItem.differences(null, null)).isEmpty();
        assertThat(AuditItem.differences(null, "no json"))
                .containsExactly(new Difference("", "", "no json"));
    }

    @Test
    void subjectsLinkToTheirPages() {
        assertThat(item("key.revoke", "dlora_1").link())
                .isEqualTo("/console/access/key?id=dlora_1");
        assertThat(item("adapter.pin", "a/b&c").link())
                .isEqualTo("/console/adapter?name=a%2Fb%26c");
        assertThat(item("scheduling.update", "all replicas").link()).isEmpty();
        assertThat(item("odd", "x").link()).isEmpty();
    }

    private static AuditItem item(String action, String subject) {
        return AuditItem.of(new AuditRecord(1L << 40, "user:ann", action, subject, null, null));
    }
}
