package org.dlora.api.openai.responses;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseStoreTest {
    private static final ResponseOwner RED = new ResponseOwner("red", null);
    private static final ResponseOwner KEY = new ResponseOwner(null, "dlora_1");
    private static final ResponseOwner EVERYBODY = new ResponseOwner(null, null);

    private static StoredResponse response(String id, ResponseOwner owner, int bytes) {
        var json =
                "{\"id\": \"%s\", \"output\": [{\"id\": \"msg_%s\", \"pad\": \"%s\"}]}"
                        .formatted(id, id, "x".repeat(bytes));
        return new StoredResponse(
                id,
                owner,
                json.getBytes(StandardCharsets.UTF_8),
                "{\"data\": []}".getBytes(StandardCharsets.UTF_8),
                List.of("msg_" + id));
    }

    @Test
    void theOldestGoFirstWhereThereAreTooMany() {
        var store = new ResponseStore(new ResponseSettings(2, 1 << 20));
        for (var id : List.of("a", "b", "c")) {
            store.keep(response(id, EVERYBODY, 1));
        }
        assertThat(store.find("a", EVERYBODY)).isEmpty();
        assertThat(store.withItem("msg_a", EVERYBODY)).isEmpty();
        assertThat(store.find("b", EVERYBODY)).isPresent();
        assertThat(store.withItem("msg_c", EVERYBODY)).isPresent();
    }

    @Test
    void theOldestGoFirstWhereTheyAreTooLarge() {
        long size = response("a", EVERYBODY, 1000).size();
        var store = new ResponseStore(new ResponseSettings(10, 2 * size));
        store.keep(response("a", EVERYBODY, 1000));
        store.keep(response("b", EVERYBODY, 1000));
        assertThat(store.bytes()).isEqualTo(2 * size);
        store.keep(response("c", EVERYBODY, 1000));
        assertThat(store.bytes()).isEqualTo(2 * size);
        assertThat(store.find("a", EVERYBODY)).isEmpty();
        // A response larger than the store removes no other.
        store.keep(response("d", EVERYBODY, 10_000));
        assertThat(store.find("d", EVERYBODY)).isEmpty();
        assertThat(store.find("b", EVERYBODY)).isPresent();
        assertThat(store.remove("b", EVERYBODY)).isTrue();
        assertThat(store.remove("c", EVERYBODY)).isTrue();
        assertThat(store.bytes()).isZero();
    }

    @Test
    void theOwnerWithMostBytesMakesRoom() {
        long size = response("a", RED, 1000).size();
        var store = new ResponseStore(new ResponseSettings(100, 4 * size));
        assertThat(store.keep(response("a", KEY, 1000))).isTrue();
        for (var id : List.of("b", "c", "d", "e", "f")) {
            assertThat(store.keep(response(id, RED, 1000))).isTrue();
        }
        assertThat(store.find("a", KEY)).isPresent();
        assertThat(store.find("c", RED)).isEmpty();
        assertThat(store.find("d", RED)).isPresent();
        assertThat(store.bytes()).isEqualTo(4 * size);
        // A response larger than all of any other owner removes no other.
        assertThat(store.keep(response("g", EVERYBODY, (int) (3 * size)))).isFalse();
        assertThat(store.find("d", RED)).isPresent();
        assertThat(store.find("a", KEY)).isPresent();
    }

    @Test
    void theOwnerOfMostResponsesMakesRoomWhereThereAreTooMany() {
        var store = new ResponseStore(new ResponseSettings(3, 1 << 20));
        store.keep(response("a", KEY, 1000));
        for (var id : List.of("b", "c", "d")) {
            store.keep(response(id, RED, 1));
        }
        assertThat(store.find("a", KEY)).isPresent();
        assertThat(store.find("b", RED)).isEmpty();
        assertThat(store.keep(response("e", EVERYBODY, 1))).isTrue();
        assertThat(store.find("c", RED)).isEmpty();
    }

    @Test
    void noResponseIsKeptWhereTheSettingSaysSo() {
        var store = new ResponseStore(new ResponseSettings(0, 1 << 20));
        store.keep(response("a", EVERYBODY, 1));
        assertThat(store.find("a", EVERYBODY)).isEmpty();
        assertThat(store.bytes()).isZero();
    }

    @Test
    void responsesOfOthersAreNotThere() {
        var store = new ResponseStore(new ResponseSettings(10, 1 << 20));
        store.keep(response("a", RED, 1));
        assertThat(store.find("a", RED)).isPresent();
        for (var other : List.of(KEY, EVERYBODY, new ResponseOwner("blue", null))) {
            assertThat(store.find("a", other)).isEmpty();
            assertThat(store.withItem("msg_a", other)).isEmpty();
            assertThat(store.remove("a", other)).isFalse();
        }
        assertThat(store.withItem("msg_a", RED)).isPresent();
    }
}
