package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.NoSuchFolderException;
import org.dlora.api.admin.manifest.ManifestReader;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestTurns;
import org.dlora.catalogue.served.NameTakenException;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;

class AdaptersTest extends ApiTest {
    private static final String LOAD = "/v1/load_lora_adapter";
    private static final String UNLOAD = "/v1/unload_lora_adapter";

    @Test
    void successIsSaidInVllmsWords() {
        assertThat(said(LOAD, "{\"lora_name\": \"sql\", \"lora_path\": \"team/sql\"}"))
                .isEqualTo("Success: LoRA adapter 'sql' added successfully.");
        assertThat(
                        said(
                                LOAD,
                                "{\"lora_name\": \"sql\", \"lora_path\": \"x\", \"load_inplace\": true, \"is_3d_lora_weight\": false}"))
                .isEqualTo("Success: LoRA adapter 'sql' added successfully.");
        assertThat(said(UNLOAD, "{\"lora_name\": \"upper\", \"lora_int_id\": 3}"))
                .isEqualTo("Success: LoRA adapter 'upper' removed successfully.");
        assertThat(changes.asked)
                .containsExactly(
                        "load sql from team/sql", "load sql from x in place", "unload upper");
        // Waiting loads do not keep requests from being read.
        assertThat(changes.threads).allMatch(name -> name.startsWith("catalogue-"));
    }

    @Test
    void unknownAdaptersCannotBeUnloaded() {
        var error = refused(UNLOAD, "{\"lora_name\": \"sql\"}", HttpStatus.NOT_FOUND);
        assertThat(error.get("message").asString())
                .isEqualTo(
                        "The lora adapter 'sql' cannot be found. Served are 'demo' and the adapters rot13, upper.");
        assertThat(error.get("code").asString()).isEqualTo("model_not_found");
        assertThat(error.get("param").asString()).isEqualTo("lora_name");
    }

    @Test
    void theBaseModelCannotBeUnloaded() {
        var error = refused(UNLOAD, "{\"lora_name\": \"demo\"}", HttpStatus.BAD_REQUEST);
        assertThat(error.get("message").asString())
                .isEqualTo("'demo' is the base model, which cannot be unloaded.");
        assertThat(changes.asked).isEmpty();
    }

    @Test
    void aRefusalIsSaidInTheLoadersWords() {
        changes.failure = new AdapterRefusedException("rank 3 is odd");
        var body = "{\"lora_name\": \"sql\", \"lora_path\": \"sql\"}";
        assertThat(refused(LOAD, body, HttpStatus.BAD_REQUEST).get("message").asString())
                .isEqualTo("rank 3 is odd");
        changes.failure = new IllegalStateException("no memory");
        assertThat(refused(LOAD, body, HttpStatus.SERVICE_UNAVAILABLE).get("message").asString())
                .isEqualTo("no memory");
    }

    /** Loads and unloads by two servers at once were answered 503. */
    @Test
    void loserOfARaceBetweenServersGets409() {
        changes.failure = CatalogueChangedException.adapter("upper");
        var load = "{\"lora_name\": \"upper\", \"lora_path\": \"sql\"}";
        for (var path : List.of(LOAD, UNLOAD)) {
            var body = path.equals(LOAD) ? load : "{\"lora_name\": \"upper\"}";
            assertThat(refused(path, body, HttpStatus.CONFLICT).get("message").asString())
                    .startsWith("Another server has changed adapter 'upper' meanwhile");
        }
    }

    @Test
    void adapterOfTheManifestIsNeitherLoadedNorUnloaded() {
        var managed = new ManagedAdapters();
        var yaml = "adapters: [{name: upper, source: upper}]".getBytes(StandardCharsets.UTF_8);
        ManifestTurns.manage(
                managed, new ManifestReader("demo", Set.of(), Map.of(), 100).parse(yaml));
        new ServedBuilder(new ServedModels(base, 1024, changes.catalogue(), NOW), engine)
                .adapters(changes)
                .managed(managed)
                .begin(serving, administration);
        for (var call :
                Map.of(
                                LOAD,
                                "{\"lora_name\": \"upper\", \"lora_path\": \"sql\"}",
                                UNLOAD,
                                "{\"lora_name\": \"upper\"}")
                        .entrySet()) {
            assertThat(
                            refused(call.getKey(), call.getValue(), HttpStatus.CONFLICT)
                                    .get("message")
                                    .asString())
                    .isEqualTo(
                            "'served' of adapter 'upper' comes from the manifest (dlora.adapters.manifest, line 1); change it there.");
        }
        assertThat(changes.asked).isEmpty();
    }

    @Test
    void wrongBodiesAreRefusedByName() {
        for (var body :
                new String[] {
                    "{}",
                    "{\"lora_name\": \"sql\"}",
                    "{\"lora_name\": \" \", \"lora_path\": \"sql\"}",
                    "{\"lora_name\": 1, \"lora_path\": \"sql\"}",
                    "{\"lora_name\": \"sql\", \"lora_path\": \"sql\", \"load_inplace\": 1}",
                    "{\"lora_name\": \"sql\", \"lora_path\": \"sql\", \"is_3d_lora_weight\": true}",
                    "{\"lora_name\": \"sql\", \"lora_path\": \"sql\", \"pin\": true}"
                }) {
            refused(LOAD, body, HttpStatus.BAD_REQUEST);
        }
        refused(UNLOAD, "{}", HttpStatus.BAD_REQUEST);
        client().post()
                .uri(UNLOAD)
                .contentType(MediaType.TEXT_PLAIN)
                .bodyValue("{\"lora_name\": \"upper\"}")
                .exchange()
                .expectStatus()
                .isEqualTo(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
        assertThat(changes.asked).isEmpty();
    }

    /** Clients of vLLM look for these words. */
    @Test
    void refusalsBeginInVllmsWords() {
        var error = refused(LOAD, "{\"lora_name\": \"sql\"}", HttpStatus.BAD_REQUEST);
        assertThat(error.get("message").asString())
                .isEqualTo(
                        "Both 'lora_name' and 'lora_path' must be provided. 'lora_path' is a folder below one of the adapter roots.");
        assertThat(error.get("param").asString()).isEqualTo("lora_path");
        assertThat(
                        refused(UNLOAD, "{\"lora_name\": \"\"}", HttpStatus.BAD_REQUEST)
                                .get("message")
                                .asString())
                .startsWith("'lora_name' needs to be provided to unload a LoRA adapter.");
        changes.failure = new NameTakenException("sql");
        assertThat(
                        refused(
                                        LOAD,
                                        "{\"lora_name\": \"sql\", \"lora_path\": \"x\"}",
                                        HttpStatus.BAD_REQUEST)
                                .get("message")
                                .asString())
                .isEqualTo(
                        "The lora adapter 'sql' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true.");
        changes.failure = new NoSuchFolderException("\"x\" is no folder below the adapter roots");
        assertThat(
                        refused(
                                        LOAD,
                                        "{\"lora_name\": \"sql\", \"lora_path\": \"x\"}",
                                        HttpStatus.NOT_FOUND)
                                .get("message")
                                .asString())
                .isEqualTo(
                        "Loading lora sql failed: No adapter found for x: \"x\" is no folder below the adapter roots.");
    }

    @Test
    void aServerMayForbidBoth() {
        new ServedBuilder(new ServedModels(base, 1024, changes.catalogue(), NOW), engine)
                .begin(serving, administration);
        var error = refused(UNLOAD, "{\"lora_name\": \"upper\"}", HttpStatus.FORBIDDEN);
        assertThat(error.get("message").asString()).contains("dlora.adapters.runtime-updates");
        refused(LOAD, "{}", HttpStatus.FORBIDDEN);
        assertThat(changes.asked).isEmpty();
    }

    @Test
    void anAdapterThatGoesWhileARequestIsReadIsNotFound() {
        engine.unload("upper");
        var body = "{\"model\": \"upper\", \"prompt\": \"Hi\"}";
        var error = refused("/v1/completions", body, HttpStatus.NOT_FOUND);
        assertThat(error.get("code").asString()).isEqualTo("model_not_found");
        assertThat(error.get("message").asString()).contains("'upper'");
    }

    private String said(String path, String body) {
        return String.valueOf(
                post(path, body)
                        .expectStatus()
                        .isOk()
                        .expectHeader()
                        .contentTypeCompatibleWith(MediaType.TEXT_PLAIN)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody());
    }

    private JsonNode refused(String path, String body, HttpStatus status) {
        var answer =
                post(path, body)
                        .expectStatus()
                        .isEqualTo(status)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(answer)).get("error");
    }
}
