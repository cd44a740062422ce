package org.dlora.console.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.catalogue.history.AuditRecord;
import org.junit.jupiter.api.Test;

class AuditItemTest {

    @Test
    void subjectsLinkToTheirPages() {
        assertThat(item("key.revoke", "dlora_1").link())
                .isEqualTo("/console/access/key?id=dlora_1");
        assertThat(item("adapter.pin", "a/b&c").link())
                .isEqualTo("/console/adapter?name=a%2Fb%26c");
        assertThat(item("scheduling.update", "all replicas").link()).isEmpty();
        assertThat(item("odd", "x").link()).isEmpty();
    }

    @Test
    void actionsHaveLabels() {
        assertThat(item("key.revoke", "dlora_1").label()).isEqualTo("key revoked");
        assertThat(item("odd", "x").label()).isEqualTo("odd");
    }

    private static AuditItem item(String action, String subject) {
        return AuditItem.of(new AuditRecord(1L << 40, "user:ann", action, subject, null, null));
    }
}
