package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;

class AuditWordsTest {
    /** Names of actions in docs/http.md: {@code `key.create`, `.update`}. */
    private static final Pattern NAME = Pattern.compile("`([a-z-]*)\\.([a-z_]+)`");

    private static String sentence(String action, String subject) {
        var row = new AuditRecord(1, "user:ann", action, subject, null, null);
        return AuditWords.of(action).sentence(row);
    }

    @Test
    void sentencesSayWhoDidWhatToWhat() {
        assertThat(sentence("key.revoke", "dlora_1")).isEqualTo("ann revoked the key dlora_1.");
        assertThat(sentence("user.sign_in", "bob")).isEqualTo("bob signed in.");
        assertThat(sentence("odd.thing", "50 %")).isEqualTo("ann: odd.thing of 50 %.");
    }

    @Test
    void linesOfMovesSayHowTheyEnded() {
        assertThat(words("{\"to\": \"1\", \"outcome\": \"moved\"}").label())
                .isEqualTo("request moved");
        assertThat(words("{\"to\": \"1\", \"outcome\": \"failed\"}").label())
                .isEqualTo("request not moved");
        assertThat(words("{\"to\": \"1\", \"outcome\": \"ended\"}").pattern())
                .contains("ended before");
        assertThat(words("{\"to\": \"1\"}").label()).isEqualTo("request move ordered");
    }

    private static AuditWords words(String after) {
        return AuditWords.of(new AuditRecord(1, "user:ann", "request.move", "r", null, after));
    }

    @Test
    void allDocumentedActionsHaveWords() throws IOException {
        var row =
                Files.readAllLines(TestFiles.root("docs/http.md")).stream()
                        .filter(line -> line.startsWith("| `action` |"))
                        .findFirst()
                        .orElseThrow();
        var actions = new TreeSet<String>();
        var kind = "";
        for (var name = NAME.matcher(row).results().iterator(); name.hasNext(); ) {
            var found = name.next();
            kind = found.group(1).isEmpty() ? kind : found.group(1);
            actions.add(kind + "." + found.group(2));
        }
        assertThat(actions).contains("key.revoke", "adapter.delete_gate", "demo-traffic.end");
        assertThat(AuditWords.known()).containsKeys(actions.toArray(String[]::new));
    }

    /** Their jobs may fail afterwards, which the journal tells. */
    @Test
    void uploadsAndFetchesDoNotClaimSuccess() {
        assertThat(AuditWords.of("adapter.upload").label()).isEqualTo("adapter upload accepted");
        assertThat(AuditWords.of("adapter.acquire").label()).isEqualTo("adapter fetch ordered");
    }
}
