package org.dlora.app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the server. */
@SpringBootApplication
public class DloraApplication {

    public static void main(String[] args) {
        SpringApplication.run(DloraApplication.class, args);
    }
}
