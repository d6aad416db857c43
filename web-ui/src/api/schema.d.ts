/** Generated from admin-api/openapi.json by `npm run generate`. Do not edit. */

export interface paths {
    "/api/v1/access-roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The roles that can be given, beside the built-in ones. */
        get: operations["list_access_roles"];
        put?: never;
        /** Makes a role. */
        post: operations["create_access_role"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-roles/{access_role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One role. */
        get: operations["get_access_role"];
        put?: never;
        post?: never;
        /** Deletes a role that nobody has. */
        delete: operations["delete_access_role"];
        options?: never;
        head?: never;
        /** Changes a role, at once for everybody who has it. */
        patch: operations["update_access_role"];
        trace?: never;
    };
    "/api/v1/access-roles/built-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The built-in roles, and all rights. */
        get: operations["list_built_in_roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The accounts that the key reaches. */
        get: operations["list_accounts"];
        put?: never;
        /** Makes an account. */
        post: operations["create_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account. */
        get: operations["get_account"];
        put?: never;
        post?: never;
        /**
         * Deletes an account: its connections are closed, its sharing is cut, and nobody can log in.
         *     The name stays reserved and the data stays for a week, in which it can be restored; then it is
         *     purged.
         */
        delete: operations["delete_account"];
        options?: never;
        head?: never;
        /** Changes an account's name, plan or limits. */
        patch: operations["update_account"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The same for one account, whatever it is called in the manifest: so the settings of one are
         *     copied to another. Its name and organisation stay.
         */
        post: operations["apply_to_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/auth-callout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** To whom the account leaves logins. */
        get: operations["get_auth_callout"];
        /**
         * Leaves it to a service of the account who is let in. When that begins or ends, connections that
         *     were not let in that way are closed.
         */
        put: operations["set_auth_callout"];
        post?: never;
        /** Asks nobody any more: credentials alone decide, and the keys of the service sign no users. */
        delete: operations["delete_auth_callout"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's claims as servers read them. */
        get: operations["get_claims"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's connections. */
        get: operations["list_connections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/connections/{connection}/kick": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes one connection, and may keep its credential out for a while. */
        post: operations["kick_connection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/denials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last refusals of the account's users, each with the rule that decided. */
        get: operations["list_denials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/device-authorities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's authorities, those that sign no more among them. */
        get: operations["list_device_authorities"];
        put?: never;
        /** Makes the authority for a role's devices. An enrolment token makes one too, when there is none. */
        post: operations["create_device_authority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/device-authorities/{authority}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One authority. */
        get: operations["get_device_authority"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/device-authorities/{authority}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends an authority and every certificate that it has signed, at once: for when its key is known
         *     to others. An active one is not replaced until the next device enrols.
         */
        post: operations["revoke_device_authority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/device-authorities/{authority}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts a new authority in the place of an active one. Certificates of the old one stay good for
         *     the overlap, so that devices can renew in peace.
         */
        post: operations["rotate_device_authority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/device-summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many devices the account has, by state. */
        get: operations["get_device_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's devices. `sort=expires_at` has those first whose certificates end soonest. */
        get: operations["list_devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All of the account's devices as CSV. */
        get: operations["export_devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One device, and how many connections it has. */
        get: operations["get_device"];
        put?: never;
        post?: never;
        /**
         * Revokes a device for good: its connections are closed, its certificates are put on the lists of
         *     their authorities, and its name is free. Its keys never get a certificate again.
         */
        delete: operations["revoke_device"];
        options?: never;
        head?: never;
        /** Changes a device. */
        patch: operations["update_device"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a pending device in: it gets its certificate when it asks again. */
        post: operations["approve_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}/certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The certificates that a device was issued, the newest first. */
        get: operations["list_device_certificates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}/certificates/{certificate}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes a certificate, and with it every other one for the same key. The device goes on with
         *     certificates for other keys.
         */
        post: operations["revoke_device_certificate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps a device out until it is enabled again. Its connections are closed. */
        post: operations["disable_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a disabled device in again. */
        post: operations["enable_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/devices/{device}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turns a pending device away. */
        post: operations["reject_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-authorities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The authorities that the account has brought. */
        get: operations["list_enrolment_authorities"];
        put?: never;
        /** Registers an authority. Nobody can enrol with it until its possession is proven. */
        post: operations["create_enrolment_authority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-authorities/{authority}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One authority of others. */
        get: operations["get_enrolment_authority"];
        put?: never;
        post?: never;
        /**
         * Takes an authority of others no more. Devices that came with its certificates stay: they have
         *     certificates of ours.
         */
        delete: operations["delete_enrolment_authority"];
        options?: never;
        head?: never;
        /** Changes what an authority's certificates are good for. */
        patch: operations["update_enrolment_authority"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-authorities/{authority}/prove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shows that an authority is the account's: with a certificate that it has issued to the
         *     challenge.
         */
        post: operations["prove_enrolment_authority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-token-batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes many tokens: all of them, or none. */
        post: operations["create_enrolment_token_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's tokens, without their secrets. */
        get: operations["list_enrolment_tokens"];
        put?: never;
        /** Makes a token and answers it, once. The role's authority is made when there is none. */
        post: operations["create_enrolment_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token, without its secret. */
        get: operations["get_enrolment_token"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/enrolment-tokens/{token}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes a token: nobody enrols with it any more. With `devices`, those that have are revoked
         *     too, and their connections closed: for when it got into wrong hands.
         */
        post: operations["revoke_enrolment_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account offers. */
        get: operations["list_exports"];
        put?: never;
        /** Offers a subject to other accounts. */
        post: operations["create_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports/{export}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One export. */
        get: operations["get_export"];
        put?: never;
        post?: never;
        /** Withdraws an offer: imports of it stop at once. */
        delete: operations["delete_export"];
        options?: never;
        head?: never;
        /**
         * Changes an export. Who imports it and is not allowed to any more, stops at once, unless it was
         *     given an activation of its own.
         */
        patch: operations["update_export"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports/{export}/activations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The permissions that were given for an export. */
        get: operations["list_activations"];
        put?: never;
        /** Permits an account to import a private export. */
        post: operations["create_activation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports/{export}/activations/{activation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A permission that was given for an export. */
        get: operations["get_activation"];
        put?: never;
        post?: never;
        /**
         * Takes a permission back: imports with it, or with an older one of the same account, stop at
         *     once.
         */
        delete: operations["revoke_activation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports/{export}/share-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The links to an export. */
        get: operations["list_share_links"];
        put?: never;
        /** Makes a link to an export. */
        post: operations["create_share_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports/{export}/share-links/{link}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One link to an export. */
        get: operations["get_share_link"];
        put?: never;
        post?: never;
        /** Ends a link. What came through it stays. */
        delete: operations["delete_share_link"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/import-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account has asked others for. */
        get: operations["list_import_requests"];
        put?: never;
        /** Asks another account for what it offers. Through a link that says so it is approved at once. */
        post: operations["create_import_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/import-requests/{import_request}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account asked for once. */
        get: operations["get_import_request"];
        put?: never;
        post?: never;
        /** Takes a request back that nobody has decided. */
        delete: operations["withdraw_import_request"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account takes from others. */
        get: operations["list_imports"];
        put?: never;
        /** Takes a subject that another account offers. */
        post: operations["create_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/imports/{import}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One thing that the account takes. */
        get: operations["get_import"];
        put?: never;
        post?: never;
        /** Stops taking a subject. */
        delete: operations["delete_import"];
        options?: never;
        head?: never;
        /**
         * Moves an import to another subject, or changes what it says. Subscriptions of the old subject
         *     hear nothing of it from then on, those of the new one do at once, and nobody is disconnected.
         */
        patch: operations["update_import"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The manifest of one account: applied, it changes nothing, and it can be applied to another. */
        get: operations["get_account_manifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/permissions/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says whether a user may publish or subscribe, and which rule of which claim decides. */
        post: operations["check_permission"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a suspension back: everything is as it was. */
        post: operations["resume_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes every credential of the account that was issued until now, or until an earlier time.
         *     New ones are good at once.
         */
        post: operations["revoke_all_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's roles. */
        get: operations["list_roles"];
        put?: never;
        /** Makes a role. */
        post: operations["create_role"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/roles/{role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One role. */
        get: operations["get_role"];
        put?: never;
        post?: never;
        /** Deletes a role. One that users have is deleted with `force`, and they with it. */
        delete: operations["delete_role"];
        options?: never;
        head?: never;
        /**
         * Changes a role, and with it what all its users may do from now on. A disabled role's users are
         *     out until it is enabled again.
         */
        patch: operations["update_role"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/roles/{role}/device-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a role's devices are dealt with. */
        get: operations["get_device_policy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes how a role's devices are dealt with: for what is issued from now on. */
        patch: operations["update_device_policy"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/roles/{role}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a role a new signing key. Credentials of the old key stay good for the overlap. */
        post: operations["rotate_role"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an account says of itself. */
        get: operations["get_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes an account's description, tags, default permissions, subject mappings and event feed. */
        patch: operations["update_settings"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/share-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What others ask the account for. */
        get: operations["list_share_requests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/share-requests/{share_request}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What another account asked this one for. */
        get: operations["get_share_request"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/share-requests/{share_request}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approves a request: the other account's import is there and live with the answer. */
        post: operations["approve_share_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/share-requests/{share_request}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Denies a request. */
        post: operations["deny_share_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/shared-with-me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What others offer to the account: what they advertise, and what they share with it by name. */
        get: operations["list_shared_with_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/sharing-graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account takes from others, and others from it. */
        get: operations["get_sharing_graph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/signing-key/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives an account a new key to sign users and activations with. Credentials of the old key stay
         *     good for the overlap; activations are made anew at once.
         */
        post: operations["rotate_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Suspends an account: its connections are closed, its sharing is cut, and nobody can log in. */
        post: operations["suspend_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account, or one of its users, has used. */
        get: operations["get_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/usage.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as CSV. */
        get: operations["get_usage_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/usage/now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account has at this moment, beside its limits. */
        get: operations["get_usage_now"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/user-batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes many users: up to 500 at once, all of them or none. More than that, or with
         *     `Prefer: respond-async`, they are made in portions of 250 after the answer, which says where to
         *     follow that and to take their credentials. They are all checked before it; a portion that fails
         *     later ends it, and what was made before stays.
         */
        post: operations["create_user_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/user-batches/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deletes many users: all that are named, or none. Their credentials are revoked everywhere, and
         *     their connections are closed.
         */
        post: operations["delete_user_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/user-batches/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes all credentials of many users: of all that are named, or of none. They stay, without a
         *     credential, until they are given new ones.
         */
        post: operations["revoke_user_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/user-batches/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives many users a new key and credential each, which hold as long as those before: all that
         *     are named, or none. All older ones are revoked.
         */
        post: operations["rotate_user_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's users. */
        get: operations["list_users"];
        put?: never;
        /** Makes a user and answers its credential, once. */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user. */
        get: operations["get_user"];
        put?: never;
        post?: never;
        /** Deletes a user: its credential is revoked everywhere and its connections are closed. */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        /**
         * Changes a user and issues its JWT anew, for the same key: put it in the place of the old one in
         *     the creds file. Whoever is connected with the old one is closed.
         */
        patch: operations["update_user"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/creds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives out one more credential of a user, with a key of its own, that expires soon. It may do
         *     what the user may do, and goes with it.
         */
        post: operations["create_user_creds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/issuances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The credentials that a user was given: by whom, until when, and whether they are good. */
        get: operations["list_issuances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/kick": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Closes a user's connections, those of its short-lived credentials too, and may keep their
         *     credentials out for a while.
         */
        post: operations["kick_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The broker's own reading of a user's newest credential. */
        get: operations["get_effective_permissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes all credentials of a user. It stays, without a credential, until it is given a new one
         *     by `rotate` or `creds`.
         */
        post: operations["revoke_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a user a new key and credential. All older ones are revoked. */
        post: operations["rotate_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys that the caller reaches. */
        get: operations["list_api_keys"];
        put?: never;
        /** Makes a key and answers its token, once. */
        post: operations["create_api_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One key. */
        get: operations["get_api_key"];
        put?: never;
        post?: never;
        /** Revokes a key at once. Every key may do that to itself. */
        delete: operations["delete_api_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a key that takes the place of another: the same but for its token and its end. The old
         *     one ends after the overlap.
         */
        post: operations["rotate_api_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes things what a manifest says: all of it, or nothing. What it does not say stays, unless
         *     `prune` deletes what it made before.
         */
        post: operations["apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes that the key may see, newest first. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes that the key may see, as a table, newest first. */
        get: operations["export_audit_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit.ndjson": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes that the key may see, one JSON object a line, newest first. */
        get: operations["export_audit_ndjson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/heads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest entries of the chains that the key may see. Kept elsewhere, they prove later that
         *     nothing before them was changed.
         */
        get: operations["list_audit_heads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads the trail again and says whether it is still what was written. */
        post: operations["verify_audit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Everything in the database as one file, encrypted with age. Seeds in it are sealed with the
         *     vault key, which is not part of it and is needed to restore it. With `Prefer: respond-async` it
         *     is made after the answer and kept for an hour, if it has 256 MiB at most.
         */
        post: operations["backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deleted-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Deleted accounts that can be restored until they are purged. */
        get: operations["list_deleted_accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deleted-accounts/{deleted}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A deleted account that was not purged yet. */
        get: operations["get_deleted_account"];
        put?: never;
        post?: never;
        /**
         * Purges a deleted account now, without waiting for its time: nothing is left of it, and its name
         *     is free. This cannot be taken back. With `Prefer: respond-async` the answer says where to see
         *     when it is gone.
         */
        delete: operations["purge_account"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deleted-accounts/{deleted}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores a deleted account with its users, sharing and name. What was revoked stays revoked. */
        post: operations["undelete_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device-gate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The gate, if it was opened. */
        get: operations["get_device_gate"];
        put?: never;
        /** Opens the gate for devices at nats-server clusters. One is enough for all of them. */
        post: operations["open_device_gate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device-gate/authorities.pem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The authorities of all accounts' devices, for the `ca_file` of a node for devices. */
        get: operations["get_device_gate_authorities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device-gate/nats-server.conf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the configuration of a nats-server for devices must have besides the cluster's own. No
         *     secret is in it: the sentinel opens nothing without a certificate.
         */
        get: operations["get_device_gate_conf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/engines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The engines. */
        get: operations["list_engines"];
        put?: never;
        /** Adds a cluster. Everything that its servers lack is pushed to them at once. */
        post: operations["create_engine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/engines/{engine}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One engine. */
        get: operations["get_engine"];
        put?: never;
        post?: never;
        /**
         * Forgets an engine. Its servers keep what they hold; nothing is pushed to them any more. The
         *     broker of a running process enters again when that starts the next time.
         */
        delete: operations["delete_engine"];
        options?: never;
        head?: never;
        /** Changes how a cluster is reached. The connection is made anew. */
        patch: operations["update_engine"];
        trace?: never;
    };
    "/api/v1/engines/nats-server.conf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the configuration of each nats-server of a cluster must have, so that it can be driven:
         *     operator, system account and a resolver that takes pushes. No secret is in it.
         */
        get: operations["get_engine_conf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a device its first certificate, for a token and a request. The same key may ask again and
         *     gets the same certificate.
         */
        post: operations["enroll_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far each engine has been told. */
        get: operations["get_event_feed"];
        put?: never;
        /**
         * Begins to tell engines what happens. The first account whose settings have `event_feed` does
         *     the same.
         */
        post: operations["open_event_feed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-feed/creds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives out a short-lived credential that reads what all accounts and the platform are told. It
         *     is not kept.
         */
        post: operations["create_event_feed_creds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes of the last 30 days that the key may see, oldest first. */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes as they happen, as server-sent events. With `Last-Event-ID` it goes on after that one,
         *     without it begins now. It ends when the key does.
         */
        get: operations["stream_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity-providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The providers that the caller reaches. */
        get: operations["list_identity_providers"];
        put?: never;
        /** Makes a provider. */
        post: operations["create_identity_provider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity-providers/{identity_provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One provider. */
        get: operations["get_identity_provider"];
        put?: never;
        post?: never;
        /** Deletes a provider and its people with their sessions and keys. */
        delete: operations["delete_identity_provider"];
        options?: never;
        head?: never;
        /** Changes a provider. What people may do follows when they sign in the next time. */
        patch: operations["update_identity_provider"];
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The open invitations that the caller reaches. */
        get: operations["list_invitations"];
        put?: never;
        /** Makes an invitation and answers its link, once, to hand over. */
        post: operations["create_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One open invitation. */
        get: operations["get_invitation"];
        put?: never;
        post?: never;
        /** Withdraws an invitation. */
        delete: operations["delete_invitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accepts an invitation and signs in. The answer sets the session's cookie. */
        post: operations["accept_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shows what an invitation gives, to who has its link. */
        post: operations["preview_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The manifest of everything that the caller reaches: applied, it changes nothing. */
        get: operations["get_manifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The people that the caller reaches. */
        get: operations["list_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One person. */
        get: operations["get_member"];
        put?: never;
        post?: never;
        /**
         * Ends a person's memberships as far as the caller reaches, with the keys that hang on them; who
         *     has none left is gone.
         */
        delete: operations["delete_member"];
        options?: never;
        head?: never;
        /** Changes a person. Needs all the rights that the person has. */
        patch: operations["update_member"];
        trace?: never;
    };
    "/api/v1/members/{member}/memberships": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives somebody who is a member already a role somewhere else too. */
        post: operations["create_membership"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{member}/memberships/{membership}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a person may do somewhere. */
        get: operations["get_membership"];
        put?: never;
        post?: never;
        /** Ends a membership, with the keys that hang on it. */
        delete: operations["delete_membership"];
        options?: never;
        head?: never;
        /** Changes the role of a membership, also of its sessions and keys, at once. */
        patch: operations["update_membership"];
        trace?: never;
    };
    "/api/v1/members/{member}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a link with which a person sets a new password. Needs all the rights that they have. */
        post: operations["create_password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{member}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a person's second factor away, for who lost theirs. Needs all the rights that they have. */
        delete: operations["delete_member_totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures as text for Prometheus: of this process since its start, and what waits and how far the
         *     engines are now. The broker's are on its monitoring port.
         */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The operations of the last week that the key may see, newest first. */
        get: operations["list_operations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One operation. `Retry-After` says when to look again at one that has not ended. */
        get: operations["get_operation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends an operation before its next step. What it has done by then stays, and what it made can be
         *     taken. A purge that has begun goes on.
         */
        post: operations["cancel_operation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes the next credentials of the users that an operation made, 250 at most, in the order in
         *     which they were asked for. Each is shown once. While the operation runs there may be more later;
         *     ten minutes after its end what was not taken is gone.
         */
        post: operations["take_operation_credentials"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes the backup that an operation made. It is gone once it was read to its end, at the latest
         *     an hour after it was made; the operation's `result` has its size and its SHA-256.
         */
        post: operations["take_operation_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The operator: its keys, and what its claims say. */
        get: operations["get_operator"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes what the operator's claims say. The broker inside takes it at once; the servers of a
         *     cluster when their configuration has it.
         */
        patch: operations["update_operator"];
        trace?: never;
    };
    "/api/v1/operator/rotation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far the newest change of the operator's signing key has come. */
        get: operations["get_operator_rotation"];
        put?: never;
        /**
         * Gives the operator a new signing key. Both are trusted until the new one has signed every
         *     account and every engine has those; then the old one goes. It goes on by itself, also after a
         *     restart; nobody is disconnected.
         */
        post: operations["rotate_operator"];
        /** Ends a change of the signing key that no account was signed by yet. The old key stays. */
        delete: operations["cancel_operator_rotation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The organisations that the key reaches. */
        get: operations["list_orgs"];
        put?: never;
        /** Makes an organisation. */
        post: operations["create_org"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orgs/{org}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One organisation. */
        get: operations["get_org"];
        put?: never;
        post?: never;
        /** Deletes an organisation that has no accounts; its keys and memberships end. */
        delete: operations["delete_org"];
        options?: never;
        head?: never;
        /** Renames an organisation. */
        patch: operations["update_org"];
        trace?: never;
    };
    "/api/v1/orgs/{org}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The manifest of an organisation and its accounts: applied, it changes nothing. */
        get: operations["get_org_manifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets a new password and signs in. All other sessions of the person end. */
        post: operations["reset_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All plans. */
        get: operations["list_plans"];
        put?: never;
        /** Makes a plan. */
        post: operations["create_plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{plan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One plan. */
        get: operations["get_plan"];
        put?: never;
        post?: never;
        /** Deletes a plan that no account has. */
        delete: operations["delete_plan"];
        options?: never;
        head?: never;
        /** Changes a plan and moves its accounts to the new limits. What an account has of its own stays. */
        patch: operations["update_plan"];
        trace?: never;
    };
    "/api/v1/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a device its next certificate. The TLS connection shows the one that it has: only the
         *     onboarding listener asks for it.
         */
        post: operations["renew_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/service-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The service accounts that the caller reaches. */
        get: operations["list_service_accounts"];
        put?: never;
        /** Makes a service account; `POST /api-keys` makes keys for it. */
        post: operations["create_service_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/service-accounts/{service_account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One service account. */
        get: operations["get_service_account"];
        put?: never;
        post?: never;
        /** Deletes a service account; its keys end at once. */
        delete: operations["delete_service_account"];
        options?: never;
        head?: never;
        /** Changes a service account, and with it all of its keys, at once. */
        patch: operations["update_service_account"];
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with email and password. The answer sets the session's cookie. */
        post: operations["sign_in"];
        /** Signs out. */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        /** Lets the session act under another of the person's memberships. */
        patch: operations["update_session"];
        trace?: never;
    };
    "/api/v1/session/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's own keys. */
        get: operations["list_personal_keys"];
        put?: never;
        /**
         * Makes a key of the caller's own and answers its token, once. `org`, `account`, `role` and
         *     `service_account` stay absent: they are those of the membership that the session acts under.
         */
        post: operations["create_personal_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/api-keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of the caller's own keys. */
        get: operations["get_personal_key"];
        put?: never;
        post?: never;
        /** Revokes one of the caller's own keys at once. */
        delete: operations["delete_personal_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes the caller's password. Their other sessions end. */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a second factor (TOTP), in the place of one that was there. */
        post: operations["create_totp"];
        /** Removes the caller's second factor. */
        delete: operations["delete_totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shows a code: confirms a new second factor, or completes a sign-in. The answer sets another
         *     cookie for the session.
         */
        post: operations["verify_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's open sessions. */
        get: operations["list_sessions"];
        put?: never;
        post?: never;
        /** Ends all of the caller's sessions but this one. */
        delete: operations["delete_other_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends one of the caller's sessions. */
        delete: operations["delete_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings. */
        get: operations["get_installation_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes settings, at once for everybody. */
        patch: operations["update_installation_settings"];
        trace?: never;
    };
    "/api/v1/sharing-graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who takes what from whom in the whole installation. */
        get: operations["get_whole_sharing_graph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Takes the provider's answer, signs in, and sends the browser to where it wanted to go; to the
         *     sign-in page with a word (`refused`) when it does not.
         */
        get: operations["finish_provider_sign_in"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The identity providers that a sign-in page offers. */
        get: operations["list_offered_providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/providers/{identity_provider}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sends the browser to the provider. */
        get: operations["start_provider_sign_in"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What runs here and how clients reach it. */
        get: operations["get_system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/creds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives out a short-lived credential of the system account, which may ask servers everything and
         *     close their connections. It is not kept.
         */
        post: operations["create_system_creds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/nats-server.conf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Operator and accounts as a configuration for a stock nats-server: it then accepts the same
         *     credentials. No secret is in it.
         */
        get: operations["export_nats_server_conf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfer/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Operator, accounts and users as tokens, for the files of other tools. */
        post: operations["export_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfer/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes accounts and users from the tokens of other tools. Whoever could log in before can log in
         *     here with the same credentials.
         */
        post: operations["import_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vault": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys that secrets are sealed with, and how far a change of them has come. */
        get: operations["get_vault"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vault/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new data key, wrapped by the first key of the key file, and seals every secret anew. It
         *     goes on by itself, also after a restart; `GET /vault` shows how far it is.
         */
        post: operations["rotate_vault"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The webhooks that the caller reaches. */
        get: operations["list_webhooks"];
        put?: never;
        /** Makes a webhook and answers its secret, once. It tells what its maker may know. */
        post: operations["create_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook. */
        get: operations["get_webhook"];
        put?: never;
        post?: never;
        /** Deletes a webhook and its deliveries. */
        delete: operations["delete_webhook"];
        options?: never;
        head?: never;
        /** Changes a webhook, pauses it, or switches it on again. */
        patch: operations["update_webhook"];
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The deliveries to a webhook of the last 30 days, newest first. */
        get: operations["list_webhook_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/deliveries/{delivery}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One delivery, with what is sent. */
        get: operations["get_webhook_delivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends an event again, as a delivery of its own. */
        post: operations["replay_webhook_delivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a new secret and answers it, once. During the overlap both sign. */
        post: operations["rotate_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{webhook}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends an event of the type `webhook.test`, whatever types the webhook hears of. */
        post: operations["test_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who calls, and what they may do. */
        get: operations["whoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Accepts an invitation. */
        AcceptInvitation: {
            /** @description For people; needed by who is new here. */
            name?: string | null;
            /** @description A new password of 12 characters or more; the own one of who is here already. */
            password: string;
            token: string;
        };
        /** @description A set of rights with a name. */
        AccessRole: {
            /** Format: date-time */
            created_at: string;
            /** @example acr_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            /** @description The organisation that it belongs to; a role without one can be given anywhere. */
            org?: string | null;
            /** @description Where it is given, only those that can be held there count. */
            rights: string[];
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a role, at once for everybody who has it; what is absent stays. */
        AccessRolePatch: {
            name?: string | null;
            rights?: string[] | null;
        };
        /** @description A tenant. */
        Account: {
            claims: components["schemas"]["ClaimsSize"];
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description Why it is not live, when a server said so. */
            engine_error?: string | null;
            /**
             * Format: int64
             * @description Counts the claims that were minted for it.
             */
            generation: number;
            /** @example acct_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            limits: components["schemas"]["Limits"];
            /** @description Whether every server holds the claims that were minted last. */
            live: boolean;
            name: string;
            /** @description The organisation that owns it. */
            org: string;
            /** @description The id of its plan. */
            plan?: string | null;
            /** @description Why it does not have the limits of its plan. */
            plan_error?: string | null;
            /** @description Its nkey. */
            public_key: string;
            /**
             * Format: date-time
             * @description When a deleted account is purged.
             */
            purge_at?: string | null;
            /** @description The key that signs users without a role. */
            signing_key: string;
            /** @description Names the account in URLs. */
            slug: string;
            state: components["schemas"]["AccountState"];
            /** @description Why it is suspended, if it is. */
            suspend_reason?: string | null;
            tags: string[];
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts the changes of its settings; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description An account's claims, decoded: what its operator signed last. */
        AccountClaims: {
            bytes: number;
            /**
             * Format: int64
             * @description Counts the claims that were minted for the account.
             */
            generation: number;
            /** @description The operator's key that signed it. */
            iss: string;
            /** Format: date-time */
            issued_at: string;
            /** @description The JWT's id. */
            jti: string;
            /**
             * @description The JWT itself. Where it holds activation tokens it is left out for callers without the
             *     right `accounts:write`.
             */
            jwt?: string | null;
            /** @description Whether every server holds it. */
            live: boolean;
            max_bytes: number;
            name: string;
            /** @description As NATS has it; tokens of imports are left out. */
            nats: Record<string, never>;
            /** @description The account. */
            sub: string;
        };
        /** @description Changes to an account; what is absent stays, what is `null` becomes what it is by default. */
        AccountPatch: {
            limits?: null | components["schemas"]["LimitsPatch"];
            name?: string | null;
            /**
             * @description Id or slug of a plan, whose limits the account gets; null leaves it with those that it has.
             *     Needs the right `limits:write`.
             */
            plan?: string | null;
        };
        /** @description What an account says of itself. */
        AccountSettings: {
            /** @default null */
            cluster_traffic?: null | components["schemas"]["ClusterTraffic"];
            /**
             * @default {
             *       "publish": {},
             *       "subscribe": {}
             *     }
             */
            default_permissions?: components["schemas"]["UserPermissions"];
            /**
             * @description For people.
             * @default
             */
            description?: string;
            /**
             * @default {
             *       "events": false,
             *       "audit": false
             *     }
             */
            event_feed?: components["schemas"]["EventFeed"];
            /**
             * @description A page about the account.
             * @default
             */
            info_url?: string;
            /**
             * @description Subject to destinations.
             * @default {}
             */
            mappings?: {
                [key: string]: components["schemas"]["MappingDestination"][];
            };
            /**
             * @description `value` or `key:value`; roles may use them as `{{account-tag(key)}}`.
             * @default []
             */
            tags?: string[];
            /** @default null */
            trace?: null | components["schemas"]["TraceSettings"];
        };
        /** @description An account in a manifest, with what belongs to it. */
        AccountSpec: {
            auth_callout?: null | components["schemas"]["AuthCalloutSpec"];
            cluster_traffic?: null | components["schemas"]["ClusterTraffic"];
            default_permissions?: null | components["schemas"]["UserPermissions"];
            description?: string | null;
            event_feed?: null | components["schemas"]["EventFeed"];
            exports?: components["schemas"]["ExportSpec"][];
            imports?: components["schemas"]["ImportSpec"][];
            info_url?: string | null;
            limits?: null | components["schemas"]["LimitsPatch"];
            /** @description As a whole. */
            mappings?: {
                [key: string]: components["schemas"]["MappingDestination"][];
            } | null;
            /** @description A new one is called by its slug unless it has a name. */
            name?: string | null;
            /** @description Id or slug; where a new account lies. It cannot be moved. */
            org?: string | null;
            /** @description Id or slug; null is none. Needs the right `limits:write` where it changes something. */
            plan?: string | null;
            roles?: components["schemas"]["RoleSpec"][];
            slug: string;
            tags?: string[] | null;
            trace?: null | components["schemas"]["TraceSettings"];
            users?: components["schemas"]["UserSpec"][];
        };
        /**
         * @description Whether an account is in use.
         * @enum {string}
         */
        AccountState: "active" | "suspended" | "deleted";
        /**
         * @description What happens to a thing.
         * @enum {string}
         */
        Action: "create" | "change" | "delete" | "request" | "unchanged";
        /** @description A permission to import. */
        Activation: {
            /**
             * Format: date-time
             * @description Absent: never.
             */
            expires_at?: string | null;
            export: string;
            /** @example act_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description The nkey of the account that may import. */
            importer: string;
            /** Format: date-time */
            issued_at: string;
            /** Format: date-time */
            revoked_at?: string | null;
            /** @description `active`, `expired` or `revoked`. */
            state: string;
        };
        /** @description Leave to answer requests on their reply subject. */
        AllowResponses: {
            /**
             * Format: int32
             * @description How long after the request.
             * @default 120
             */
            expires_in_seconds?: number;
            /**
             * Format: int32
             * @description Messages per request; -1 means any number.
             * @default 1
             */
            max?: number;
        };
        /** @description An API key. Its token is shown once, when it is made. */
        ApiKey: {
            /** @description The account that it is bound to. */
            account?: string | null;
            /** @description The networks that it may be used from. */
            cidrs?: string[] | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description How its token begins and ends. */
            hint: string;
            /** @example key_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_used_at?: string | null;
            /** @description The membership whose key it is: it can do what that person can. */
            membership?: string | null;
            name: string;
            /** @description The organisation that it is bound to. */
            org?: string | null;
            /** @description What it is narrowed to, of what the role gives. */
            rights?: string[] | null;
            /**
             * @description A built-in role's name or an access role's id.
             * @example account_admin
             */
            role: string;
            /** @description The service account whose key it is. */
            service_account?: string | null;
            /**
             * Format: int64
             * @description Counts its changes.
             */
            version: number;
        };
        /** @description What a manifest has changed, or on a dry run would change. */
        Applied: {
            /** @description Whether they were made: not on a dry run. */
            applied: boolean;
            changes: components["schemas"]["ResourceChange"][];
            /** @description JWTs of the users that were made or changed: shown now and never again. */
            credentials?: components["schemas"]["IssuedUser"][];
            /** @description Whether every server has followed. */
            live: boolean;
            /** @description The manifest's. */
            name: string;
            /** @description Stands for these changes: with `If-Match: "<plan>"` they are made, or nothing is. */
            plan: string;
            summary: components["schemas"]["Summary"];
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /** @description How long an approval holds. */
        Approval: {
            /**
             * Format: int32
             * @description For good when absent. Public exports are open for good.
             */
            expires_in_seconds?: number | null;
        };
        /** @description A request that was approved. */
        Approved: components["schemas"]["ImportRequest"] & {
            /** @description Whether every server lets it through now. */
            live: boolean;
        };
        /** @description How an attempt went. */
        Attempt: {
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            duration_ms: number;
            /** @description Why it counts as failed. */
            error?: string | null;
            /** @description How the answer begins. */
            response?: string | null;
            /**
             * Format: int64
             * @description The status of the answer, if there was one.
             */
            status?: number | null;
        };
        /** @description One change. */
        AuditEntry: {
            /** @description The account that it concerns. */
            account?: string | null;
            /**
             * @description `noun.verb`.
             * @example user.create
             */
            action: string;
            /** @description The id of the person or of the API key, or `system`. */
            actor: string;
            /** @description How it became. */
            after?: unknown;
            /** Format: date-time */
            at: string;
            /** @description How it was. */
            before?: unknown;
            /**
             * @description Its chain (an account's id, or `platform`), its number in it, and the hash over it and all
             *     before it.
             */
            chain: string;
            /** @description What differs between `before` and `after`. */
            changes?: components["schemas"]["FieldChange"][];
            client_ip?: string | null;
            /** @description The id of the API key or the session that was used. */
            credential?: string | null;
            /** @description The change was only looked at: `?dry_run=true`. */
            dry_run?: boolean;
            hash: string;
            /** @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description The organisation that it concerns. */
            org?: string | null;
            /** Format: int64 */
            position: number;
            request_id?: string | null;
            /** @description The id of what was changed. */
            target: string;
            /**
             * @description The trace that the request belongs to, which the logs name too.
             * @example 0af7651916cd43dd8448eb211c80319c
             */
            trace_id?: string | null;
        };
        /** @description To whom an account leaves logins. */
        AuthCallout: {
            /** @description Ids of further accounts in which users may be placed, or `*` for all. */
            allowed_accounts: string[];
            /** @description Ids of the users that answer; nobody is asked where there are none. */
            auth_users: string[];
            /** @description Whether every server knows of it. */
            live: boolean;
            /** @description Public keys whose seeds a service holds: it signs users of this account with them. */
            signing_keys: string[];
            /**
             * Format: int64
             * @description Counts its changes; 0 before the first.
             */
            version: number;
            /** @description The curve key that requests are sealed for. */
            xkey?: string | null;
        };
        /** @description To whom logins are left from now on. */
        AuthCalloutSpec: {
            /**
             * @description Ids, nkeys or slugs of accounts of the same organisation in which users may be placed, too;
             *     others, and `*` for all, only a platform admin can add. Such an account must have the
             *     service's key among its own `signing_keys`.
             */
            allowed_accounts?: string[];
            /**
             * @description Ids, nkeys or names of users of the account, which subscribe to `$SYS.REQ.USER.AUTH` and
             *     come in without being asked about. Everybody else is asked about; nobody is, when empty.
             */
            auth_users?: string[];
            /**
             * @description Public account keys (`A…`) that the caller made, whose seeds its service holds: they sign
             *     its answers, and users of this account with any right.
             */
            signing_keys?: string[];
            /** @description The public curve key (`X…`) that requests are sealed for; they hold passwords. */
            xkey?: string | null;
        };
        /** @description Where a chain does not hold. */
        Break: {
            /** @description An account's id, or `platform`. */
            chain: string;
            /**
             * Format: int64
             * @description The number of the first entry that is wrong, or of the one that is missing.
             */
            position: number;
            /** @description What is wrong. */
            reason: string;
        };
        /** @description Imports that would stop. */
        BrokenImports: {
            /** @description All of them, other tenants' too. */
            count: number;
            /** @description The first hundred of those in accounts that the key reaches. */
            own: string[];
        };
        /** @description A role that every installation has. */
        BuiltInRole: {
            /** @description `account`, `org` or `platform`: where it is held. */
            held_over: string;
            /** @example account_admin */
            name: string;
            rights: string[];
        };
        /** @description The built-in roles, and all rights that there are. */
        BuiltInRoles: {
            rights: components["schemas"]["RightInfo"][];
            roles: components["schemas"]["BuiltInRole"][];
        };
        /** @description A plan that was changed, and how its accounts followed. */
        ChangedPlan: components["schemas"]["Plan"] & {
            /**
             * Format: int64
             * @description Accounts that have it.
             */
            accounts: number;
            /** @description Whether every server holds the claims of the last account that moved. */
            live: boolean;
            /**
             * Format: int64
             * @description Accounts that have the new limits now; others follow within seconds. On a dry run: those
             *     that would follow, of as many as could be looked at.
             */
            moved: number;
            /**
             * Format: int64
             * @description Accounts that cannot follow, since they have more than it allows: see their `plan_error`.
             */
            refused: number;
        };
        /** @description A user that was changed. */
        ChangedUser: {
            id: string;
            /** @description Its keys whose credentials are revoked. */
            keys: string[];
            name: string;
        };
        /** @description What was done to them, in the order in which they were named. */
        ChangedUsers: {
            data: components["schemas"]["ChangedUser"][];
            /** @description Whether every server has followed. */
            live: boolean;
        };
        /**
         * @description What the user wants to do.
         * @enum {string}
         */
        CheckedAction: "publish" | "subscribe";
        /**
         * @description How full an account's claims are: exports, imports, and a revocation for each user that was
         *     deleted before its credentials expired.
         */
        ClaimsSize: {
            /** @description Bytes of the signed claims. */
            bytes: number;
            /**
             * @description Whether more than 80 % is: then credentials that never expire are refused. Rotating the key
             *     of a role without an overlap takes the revocations of its users out.
             */
            critically_full: boolean;
            /** @description More than this many bytes cannot be signed: servers would not take them. */
            max_bytes: number;
            /** @description Whether more than half of that is used up. */
            nearly_full: boolean;
        };
        /** @description A client's connection, open or closed. */
        ClientConnection: {
            /** Format: int64 */
            bytes_in: number;
            /** Format: int64 */
            bytes_out: number;
            /** Format: int64 */
            cid: number;
            /**
             * Format: date-time
             * @description When a closed one was closed.
             */
            closed_at?: string | null;
            /** @description Why, in the server's words. */
            closed_because?: string | null;
            /**
             * @description Names it in URLs: the server and the number that it gave.
             * @example NABC….17
             */
            id: string;
            ip: string;
            lang?: string | null;
            /** Format: date-time */
            last_active_at: string;
            /**
             * Format: int64
             * @description What the client sent.
             */
            messages_in: number;
            /**
             * Format: int64
             * @description What it was sent.
             */
            messages_out: number;
            /** @description What the client calls itself. */
            name?: string | null;
            /** Format: int64 */
            pending_bytes: number;
            /** Format: int32 */
            port: number;
            rtt?: string | null;
            server: string;
            /** Format: date-time */
            started_at: string;
            /** Format: int32 */
            subscriptions: number;
            tags: string[];
            tls_cipher_suite?: string | null;
            tls_version?: string | null;
            /** @description `nats`, `websocket` or `mqtt`. */
            type?: string | null;
            /** @description The user that it was issued for; absent for credentials that were made elsewhere. */
            user?: string | null;
            /** @description The nkey that logged in. */
            user_key: string;
            user_name?: string | null;
            version?: string | null;
        };
        /**
         * @description Whose account carries what the servers of a cluster send each other.
         * @enum {string}
         */
        ClusterTraffic: "system" | "owner";
        /** @description Conditions of a login; what is absent asks for nothing. */
        Conditions: {
            /**
             * @description `STANDARD`, `WEBSOCKET`, `LEAFNODE`, `LEAFNODE_WS`, `MQTT`, `MQTT_WS`, `IN_PROCESS`.
             * @default []
             */
            allowed_connection_types?: string[];
            /**
             * @description Only through a trusted proxy.
             * @default false
             */
            proxy_required?: boolean;
            /**
             * @description Only with the certificate of one of the account's devices besides the credential, on a
             *     listener that asks for one.
             * @default false
             */
            require_certificate?: boolean;
            /**
             * @description Networks (CIDR) that the client must come from.
             * @default []
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            src?: string[];
            /**
             * @description Parts of the day in which the user may be connected.
             * @default []
             */
            times?: components["schemas"]["Hours"][];
            /**
             * @description The zone of `times`, an IANA name; the server's own when absent.
             * @default null
             * @example Europe/Berlin
             */
            times_location?: string | null;
        };
        /**
         * @description Connections as the engines have them now, those of one server after those of another, the
         *     oldest first.
         */
        Connections: {
            data: components["schemas"]["ClientConnection"][];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /** @description Names of engines that did not answer: connections there are not shown. */
            unanswered: string[];
        };
        /** @description A permission that was just made, with its token. */
        CreatedActivation: components["schemas"]["Activation"] & {
            /** @description The activation token, for importers that are managed elsewhere. Shown once. */
            token?: string;
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /** @description A key that was just made, with its token: shown now and never again. */
        CreatedApiKey: components["schemas"]["ApiKey"] & {
            /** @description Absent in a dry run, and in the replay of an answer that is older than ten minutes. */
            token?: string;
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description A token that was just made: it is shown now and never again. */
        CreatedEnrolmentToken: components["schemas"]["EnrolmentToken"] & {
            /**
             * @description What to put into a QR code for a device: where to enrol, with what, and whose certificate
             *     to expect there.
             */
            qr?: string | null;
            /**
             * @description Absent in a dry run, and in the replay of an answer that is older than ten minutes.
             * @example tg_enr_…
             */
            token?: string;
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description Tokens that were made together, in the order in which they were asked for. */
        CreatedEnrolmentTokens: {
            /** @description Absent on a dry run. */
            data?: components["schemas"]["CreatedEnrolmentToken"][];
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description An invitation that was just made, with its link: shown now and never again. */
        CreatedInvitation: components["schemas"]["Invitation"] & {
            /**
             * @description The page of the console to open, below its address. What follows `#` reaches no server.
             *     Absent where the token is.
             * @example /invitation#tg_inv_…
             */
            path?: string;
            /** @description Absent in a dry run, and in the replay of an answer that is older than ten minutes. */
            token?: string;
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description A link that was just made. */
        CreatedShareLink: components["schemas"]["ShareLink"] & {
            /**
             * @description What the importer sends. Shown once.
             * @example tg_share_…
             */
            token?: string;
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /** @description A user's credential: shown now and never again. */
        CreatedUser: components["schemas"]["User"] & {
            /**
             * @description The creds file; absent when the key was the caller's own.
             * @example -----BEGIN NATS USER JWT-----
             *     …
             */
            creds?: string | null;
            /** @description The user's JWT, when the key was the caller's own. */
            jwt?: string | null;
            /** @description Whether the user can log in on every server now. */
            live: boolean;
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /** @description Users that were made together, in the order in which they were asked for. */
        CreatedUsers: {
            /** @description Absent on a dry run. */
            data?: components["schemas"]["CreatedUser"][];
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description A webhook with its secret, which is shown this once. */
        CreatedWebhook: components["schemas"]["Webhook"] & {
            /**
             * @description What signatures are checked with. Absent in a dry run, and in the replay of an answer that
             *     is older than ten minutes.
             * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
             */
            secret?: string;
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description A data key. */
        DataKey: {
            /**
             * Format: date-time
             * @description Since when it seals.
             */
            active_from: string;
            /** Format: date-time */
            created_at: string;
            /** @description Why a process cannot use it yet; it does not seal as long as that is so. */
            error?: string | null;
            /**
             * Format: date-time
             * @description When a retired key is forgotten.
             */
            gone_at?: string | null;
            id: string;
            /**
             * @description `next`: seals soon; `active`: seals now; `retiring`: opens what was not sealed anew yet;
             *     `retired`: opens nothing any more.
             * @example active
             */
            state: string;
            /**
             * @description The name of the key in the key file that wraps it. A key that wraps none of the data keys
             *     may be taken out of the file.
             */
            wrapped_by: string;
        };
        /** @description A rule as it stands in a claim. */
        DecidingRule: {
            /** @description `user`, `account` or `signing_key`. */
            claim: string;
            entry?: string | null;
            /** @description What a role's entry became for this user. */
            filled_in?: string | null;
            /** @description The nkey of the user, the account or the signing key. */
            key: string;
            /**
             * @description The place in the claim.
             * @example pub.deny[2]
             */
            path: string;
            /** @description The role of a scoped signing key. */
            role?: string | null;
        };
        /** @description What was deleted, and whether every server has followed. */
        Deleted: {
            id: string;
            live: boolean;
        };
        /** @description An event on its way to a webhook. */
        Delivery: {
            /** Format: int64 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /**
             * @description The event's id: the header `webhook-id`, the same in every attempt and replay.
             * @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a
             */
            event: string;
            /** @example dlv_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            last_attempt?: null | components["schemas"]["Attempt"];
            /**
             * Format: date-time
             * @description When it is tried next.
             */
            next_attempt_at?: string | null;
            /** @description The delivery that this one repeats. */
            replay_of?: string | null;
            /**
             * @description `waiting`, `delivered` or `failed`.
             * @example delivered
             */
            state: string;
            /**
             * @description The event's type.
             * @example user.create
             */
            type: string;
        };
        /** @description A refusal, and how often it happened. */
        Denial: {
            /**
             * Format: int64
             * @description The connection's number.
             */
            cid: number;
            /** @description What decided, for programs. */
            code: string;
            /** Format: int64 */
            count: number;
            /** Format: date-time */
            first_time: string;
            ip: string;
            /** @description What the client calls itself. */
            name?: string | null;
            queue?: string | null;
            subject?: string | null;
            /** @description What decided, for people. */
            text: string;
            /**
             * Format: date-time
             * @description The last time.
             */
            time: string;
            /** @description The user's nkey; absent when a login showed no credential of the account. */
            user?: string | null;
            user_name?: string | null;
            /** @description `publish`, `subscribe`, `connect` or `limit`. */
            what: string;
        };
        /** @description What the account's users were refused lately. Gone when the engine restarts. */
        Denials: {
            /** @description The newest first. */
            data: components["schemas"]["Denial"][];
            has_more: boolean;
            /**
             * Format: int64
             * @description Refusals that were not looked at, since a connection had too many of them.
             */
            left_out: number;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /** @description Names of engines that did not say; stock servers do not remember refusals. */
            unanswered: string[];
        };
        /** @description A device of an account. */
        Device: {
            /** @description The account's id. */
            account: string;
            /**
             * Format: int64
             * @description How many connections it has now; only of one device, and when every engine answers.
             */
            connections?: number | null;
            /** Format: date-time */
            created_at: string;
            description: string;
            /**
             * Format: date-time
             * @description When its last certificate ends; absent without one.
             */
            expires_at?: string | null;
            /** @example dev_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            last_address?: string | null;
            /**
             * Format: date-time
             * @description When it enrolled, renewed or connected last.
             */
            last_seen_at?: string | null;
            name: string;
            /** @description The role's id. */
            role: string;
            /** @description The id of the enrolment token, or of the authority of others, that it came with. */
            source: string;
            /** @description `pending`, `active`, `expired`, `disabled`, `revoked` or `rejected`. */
            state: string;
            tags: string[];
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description How a device is approved. */
        DeviceApproval: {
            /** @description What it is to be called; as it asked when absent. */
            name?: string | null;
        };
        /** @description An authority that signs certificates for the devices of one role. */
        DeviceAuthority: {
            /** @description The account's id. */
            account: string;
            /** @description PEM. */
            certificate: string;
            /** Format: date-time */
            created_at: string;
            /** @description SHA-256 of the certificate, in hex. */
            fingerprint: string;
            /** @example ca_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description `p256` or `ed25519`. */
            key_kind: string;
            /** @description Whether every server knows of it. */
            live: boolean;
            /** Format: date-time */
            not_after: string;
            /** @description The list of its revoked certificates, for those who do not ask our brokers. */
            revocation_list?: string | null;
            /** @description The role's id. */
            role: string;
            /**
             * @description `active`: it signs; `retired`: what it has signed is good until `trusted_until`; `ended`;
             *     `revoked`.
             */
            state: string;
            /** Format: date-time */
            trusted_until?: string | null;
            /** Format: int64 */
            version: number;
        };
        /** @description A certificate that a device was issued. */
        DeviceCertificate: {
            /** @description The id of the authority that signed it. */
            authority: string;
            /** @description PEM. */
            certificate: string;
            /** @description The device's id. */
            device: string;
            /** @example crt_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description `enrolled` or `renewed`. */
            kind: string;
            /** Format: date-time */
            not_after: string;
            /** Format: date-time */
            not_before: string;
            /** @description The user key of who logs in with it: the SHA-256 of its public key. */
            public_key: string;
            /** Format: date-time */
            revoked_at?: string | null;
            /** @description In hex. */
            serial: string;
            /** @description `active`, `expired` or `revoked`. */
            state: string;
        };
        /** @description The account whose callout lets devices in. */
        DeviceGate: {
            /** @description Its nkey. */
            account: string;
            /** Format: date-time */
            created_at: string;
            /** @description Whether every server knows of it. */
            live: boolean;
        };
        /** @description Changes to a device; what is absent stays. */
        DevicePatch: {
            description?: string | null;
            /** @description Only while it is pending: later its certificates say the name. */
            name?: string | null;
            tags?: string[] | null;
        };
        /** @description How a role's devices are dealt with. */
        DevicePolicy: components["schemas"]["Policy"] & {
            /** @description The role's id. */
            role: string;
            /**
             * Format: int64
             * @description Counts its changes; 0 for the defaults.
             */
            version: number;
        };
        /** @description Changes to a policy; what is absent stays. */
        DevicePolicyPatch: {
            approval?: boolean | null;
            /** Format: int64 */
            certificate_seconds?: number | null;
            /** Format: int64 */
            grace_seconds?: number | null;
            key_kind?: null | components["schemas"]["KeyKind"];
            server_keys?: boolean | null;
        };
        /** @description How many devices there are. */
        DeviceSummary: {
            /**
             * Format: int64
             * @description With a certificate that is good, or not yet with one.
             */
            active: number;
            /** Format: int64 */
            disabled: number;
            /** Format: int64 */
            expired: number;
            /**
             * Format: int64
             * @description Of the active ones, those whose last certificate ends within a week.
             */
            expiring_soon: number;
            /** Format: int64 */
            pending: number;
            /** Format: int64 */
            rejected: number;
            /** Format: int64 */
            revoked: number;
        };
        /** @description What a user may really do, with its role filled in and its account's ceilings applied. */
        EffectiveRights: {
            /** @description Whether its newest credential logs in at all, apart from where and when. */
            admitted: boolean;
            limits?: null | components["schemas"]["UserLimits"];
            permissions?: null | components["schemas"]["UserPermissions"];
            /** @description Why not. */
            reason?: string | null;
            /** @description `user`, `role`, or `account` for the account's default permissions. */
            source?: string | null;
        };
        /** @description An engine as everybody may see it. */
        Engine: {
            /**
             * Format: int64
             * @description Accounts that it should hold; platform keys only.
             */
            accounts?: number | null;
            /**
             * Format: int64
             * @description Accounts whose newest claims it does not hold yet; platform keys only.
             */
            accounts_behind?: number | null;
            /** @description Whether it is reached: by this process, or by the one whose broker it is. */
            connected: boolean;
            /** @description Why not. */
            error?: string | null;
            /** @example eng_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description `embedded` or `cluster`. */
            kind: string;
            name: string;
        };
        /** @description An engine with everything that is known of it. */
        EngineDetails: components["schemas"]["Engine"] & {
            /** @description What a cluster's certificates are checked against, in PEM; what the system trusts if absent. */
            ca?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Whether a creds file of its system account was given. */
            has_creds: boolean;
            /** @description Whether this process pushes to it; of several processes on one database one does. */
            leads: boolean;
            /** @description Accounts that it refuses, twenty at most. */
            refused: components["schemas"]["RefusedAccount"][];
            /** @description The servers of a cluster that answer. */
            servers: components["schemas"]["ServerInfo"][];
            /** @description Where a cluster is reached. */
            urls?: string[];
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description How far an engine has been told. */
        EngineFeed: {
            /** @description Its name. */
            engine: string;
            /**
             * Format: date-time
             * @description When it was told something last.
             */
            sent_at?: string | null;
            /** @description The `seq` of the last event that it has; empty before the first. */
            seq: string;
            /**
             * Format: int64
             * @description Entries that it has not been told yet.
             */
            waiting: number;
        };
        /** @description Engines, oldest first. */
        EngineList: {
            data: components["schemas"]["EngineDetails"][];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description What changes of a cluster. `null` takes away. */
        EnginePatch: {
            ca?: string | null;
            creds?: string | null;
            urls?: string[] | null;
        };
        /** @description What an engine knows of the change. */
        EngineTrust: {
            /** @description The engine's id. */
            engine: string;
            name: string;
            /** @description Whether all its servers trust the new key. */
            new_key: boolean;
            /** @description Whether all its servers trust the old key. */
            old_key: boolean;
            /** @description What has to be done, by hand, before it can go on. */
            to_do?: string | null;
        };
        /** @description A device and its certificate. */
        Enrolled: {
            /** @description The account's nkey. */
            account?: string | null;
            /** @description The authority that signed it, in PEM form. */
            authority?: string | null;
            /** @description PEM. */
            certificate?: string | null;
            /** @description The device's id. */
            device: string;
            name: string;
            /** @description Where the device connects to. */
            nats_url?: string | null;
            /** Format: date-time */
            not_after?: string | null;
            /**
             * Format: date-time
             * @description When two thirds of its life are over.
             */
            renew_at?: string | null;
            /** @description `issued`, or `pending` until somebody approves it: ask again with the same key. */
            state: string;
        };
        /** @description What a device asks for. */
        Enrolment: {
            /**
             * @description A certificate request (PKCS #10) in PEM form, or its DER form in base64. Of it only the key
             *     counts.
             */
            csr: string;
            /**
             * @description What the device is to be called, if the token lets it choose.
             * @example pump-7
             */
            name?: string | null;
            /**
             * @description The enrolment token.
             * @example tg_enr_…
             */
            token: string;
        };
        /** @description An authority of somebody else, whose certificates let devices enrol. */
        EnrolmentAuthority: {
            /** @description The account's id. */
            account: string;
            /** @description Whether its devices wait until somebody approves them. */
            approval: boolean;
            /** @description PEM. */
            certificate: string;
            /** @description The common name that a certificate must have which proves possession. */
            challenge?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description What its devices may be called: a name, or one with a `*` in it. */
            device_name: string;
            /** @description SHA-256 of the certificate, in hex. */
            fingerprint: string;
            /** @example eca_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            /** @description The id of the role that its devices get. */
            role: string;
            /** @description `unproven` until a certificate for `challenge` shows that it is the account's; `active`. */
            state: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to an authority of others; what is absent stays. */
        EnrolmentAuthorityPatch: {
            approval?: boolean | null;
            device_name?: string | null;
            name?: string | null;
        };
        /** @description What lets devices enrol. */
        EnrolmentToken: {
            /** @description The account's id. */
            account: string;
            /** @description Whether its devices wait until somebody approves them. */
            approval: boolean;
            /** @description The networks that it may be used from. */
            cidrs?: string[] | null;
            /** Format: date-time */
            created_at: string;
            /**
             * @description What its devices may be called: a name, or one with a `*` in it.
             * @example pump-*
             */
            device_name: string;
            /** Format: date-time */
            expires_at: string;
            /** @description How the token begins and ends. */
            hint: string;
            /** @example tok_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /**
             * Format: int64
             * @description How many devices may enrol with it; any number when absent.
             */
            max_uses?: number | null;
            name: string;
            /** @description The id of the role that its devices have. */
            role: string;
            /** @description `active`, `used`, `expired` or `revoked`. */
            state: string;
            /** @description Tags that its devices get. */
            tags: string[];
            /**
             * Format: int64
             * @description How many have.
             */
            uses: number;
            /** Format: int64 */
            version: number;
        };
        /** @description Something that changed. */
        Event: {
            account?: string | null;
            actor: string;
            /** Format: date-time */
            at: string;
            /** @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description What changed, as it became; of what was deleted, as it was. */
            object?: unknown;
            org?: string | null;
            request_id?: string | null;
            /** @description Its place in the order of events. */
            seq: string;
            /** @description The id of what changed. */
            target: string;
            /** @description The W3C trace that the request belonged to. */
            trace_id?: string | null;
            /**
             * @description `noun.verb`.
             * @example user.create
             */
            type: string;
        };
        /**
         * @description What an account's users can subscribe to. Off, unless it is wanted: whoever may subscribe to
         *     `>` reads it.
         */
        EventFeed: {
            /**
             * @description The account's entries of the trail on `$CP.audit.<action>`, as `GET /audit` tells them.
             *     Needs the right `audit:read`.
             * @default false
             */
            audit?: boolean;
            /**
             * @description The account's events on `$CP.events.<type>`, as `GET /events` tells them. Needs the right
             *     `events:read`.
             * @default false
             */
            events?: boolean;
        };
        /** @description Where events are told over NATS, and how far each engine has come. */
        EventFeedView: {
            /** @description The account's nkey. */
            account: string;
            /** Format: date-time */
            created_at: string;
            engines: components["schemas"]["EngineFeed"][];
            /** @description Whether every server knows of it. */
            live: boolean;
        };
        /** @description Something that an account offers to others. */
        Export: {
            /** @description The account's id. */
            account: string;
            /** @description Whether every account sees that it exists. */
            advertised: boolean;
            /** @description The accounts that may import a private export, as they were named. */
            allow: string[];
            /** Format: date-time */
            created_at: string;
            details: components["schemas"]["ExportDetails"];
            /** @example exp_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            kind: components["schemas"]["Kind"];
            /** @description Whether every server knows of it. */
            live: boolean;
            name: string;
            response_type?: null | components["schemas"]["ResponseType"];
            subject: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
            visibility: components["schemas"]["Visibility"];
        };
        /** @description What an export says besides its subject. */
        ExportDetails: {
            /**
             * Format: int32
             * @description This token of the subject (from 1), a `*`, must be the importing account's nkey.
             * @default null
             */
            account_token_position?: number | null;
            /**
             * @description Let message traces of importers into the service. Services only.
             * @default false
             */
            allow_trace?: boolean;
            /**
             * @description For people.
             * @default
             */
            description?: string;
            /**
             * @description A page about it.
             * @default
             */
            info_url?: string;
            /** @default null */
            latency?: null | components["schemas"]["Latency"];
            /**
             * Format: int32
             * @description How long a service may take; the server's own two minutes when absent. Services only.
             * @default null
             */
            response_threshold_ms?: number | null;
            /**
             * @description For people and filters; they are not in the claims.
             * @default []
             */
            tags?: string[];
        };
        /** @description Operator, accounts and users as tokens. */
        Exported: {
            accounts: components["schemas"]["ExportedAccount"][];
            operator: components["schemas"]["ExportedOperator"];
            /** @description Seeds of the operator's signing key, of accounts and of roles, if they were asked for. */
            seeds?: string[];
            /** @description The system account's nkey. */
            system_account: string;
        };
        /** @description An account. */
        ExportedAccount: {
            jwt: string;
            /** @description As its claims call it. */
            name: string;
            public_key: string;
            users: components["schemas"]["ExportedUser"][];
        };
        /** @description The operator. */
        ExportedOperator: {
            jwt: string;
            name: string;
            public_key: string;
        };
        /** @description A user, without its seed: that was never kept. */
        ExportedUser: {
            jwt: string;
            name: string;
            public_key: string;
        };
        /** @description Changes to an export; what is absent stays. Its kind and subject are what it is. */
        ExportPatch: {
            advertised?: boolean | null;
            allow?: string[] | null;
            details?: null | components["schemas"]["ExportDetails"];
            name?: string | null;
            response_type?: null | components["schemas"]["ResponseType"];
            visibility?: null | components["schemas"]["Visibility"];
        };
        /** @description An export in a manifest. Its subject and kind are what it is known by. */
        ExportSpec: {
            advertised?: boolean;
            /** @description Ids, nkeys or slugs of the accounts that may import a private export. */
            allow?: string[];
            details?: components["schemas"]["ExportDetails"];
            kind: components["schemas"]["Kind"];
            /** @description The subject when absent. */
            name?: string | null;
            response_type?: null | components["schemas"]["ResponseType"];
            subject: string;
            visibility?: components["schemas"]["Visibility"];
        };
        /** @description A user that may subscribe to `$CP.events.>` and `$CP.audit.>` of all accounts. */
        FeedCreds: {
            /** @description The creds file; absent when the key was the caller's own. */
            creds?: string | null;
            /** Format: date-time */
            expires_at: string;
            /** @description The user's JWT, when the key was the caller's own. */
            jwt?: string | null;
            name: string;
            public_key: string;
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /** @description One value that changed. */
        FieldChange: {
            after?: unknown;
            before?: unknown;
            /**
             * @description JSON pointer into `before` and `after`.
             * @example /limits/connections
             */
            pointer: string;
        };
        /** @description A field of the request that is wrong. */
        FieldError: {
            /**
             * @description Stable word for programs.
             * @example invalid
             */
            code: string;
            /** @description For people. */
            message: string;
            /**
             * @description JSON pointer into the request body.
             * @example /name
             */
            pointer: string;
        };
        /** @description What the people of a provider's group get. */
        GroupMapping: {
            /** @description The account (id, nkey or slug). */
            account?: string | null;
            /**
             * @description As the provider calls it; `*` is everybody.
             * @example messaging-admins
             */
            group: string;
            /** @description The organisation (id or slug). */
            org?: string | null;
            /** @description A built-in role's name, or an access role's id or name. */
            role: string;
        };
        /** @description The newest entry of a chain. Kept elsewhere, it proves later that nothing before it changed. */
        Head: {
            /** @description An account's id, or `platform`. */
            chain: string;
            /** @description SHA-256 in hex. */
            hash: string;
            /**
             * Format: int64
             * @description Its number in the chain; the first entry has 1.
             */
            position: number;
        };
        /** @description The heads of chains, in the order of their names. */
        Heads: {
            data: components["schemas"]["Head"][];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description A part of the day. When `start` is after `end` it crosses midnight. */
        Hours: {
            /** @example 17:30:00 */
            end: string;
            /** @example 08:00:00 */
            start: string;
        };
        /** @description Who calls. */
        Identity: {
            /** @description The account that this is limited to. */
            account?: string | null;
            /** Format: date-time */
            expires_at: string;
            /** @description How the key's token begins and ends. */
            hint?: string | null;
            /**
             * @description The id of the key or of the person.
             * @example key_01j9zc0m5k8w3v7x2q4r6t1y0a
             */
            id: string;
            kind: components["schemas"]["IdentityKind"];
            name: string;
            /** @description The organisation that this is limited to. */
            org?: string | null;
            /**
             * @description What the caller may do.
             * @example [
             *       "users:read"
             *     ]
             */
            rights: string[];
            /**
             * @description A built-in role's name or an access role's id.
             * @example account_admin
             */
            role: string;
            session?: null | components["schemas"]["SessionIdentity"];
        };
        /** @enum {string} */
        IdentityKind: "api_key" | "session";
        /** @description An OpenID Connect provider. */
        IdentityProvider: {
            /** @description Whether it may have a private address. */
            allow_private: boolean;
            client_id: string;
            /** Format: date-time */
            created_at: string;
            disabled: boolean;
            /** @description The claim of the ID token that names the groups. */
            groups_claim: string;
            /** @description Whether a client secret is kept, sealed. */
            has_client_secret: boolean;
            /** @example idp_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @example https://id.example.org */
            issuer: string;
            /** @description The first that fits counts at each place. */
            mappings: components["schemas"]["GroupMapping"][];
            name: string;
            /** @description The organisation whose people it vouches for; absent for the platform's. */
            org?: string | null;
            scopes: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a provider; what is absent stays. Another issuer is another provider. */
        IdentityProviderPatch: {
            /** @description Needs the right `system:write`. */
            allow_private?: boolean | null;
            client_id?: string | null;
            client_secret?: string | null;
            /** @description Whether nobody can sign in with it. Sessions that are open stay. */
            disabled?: boolean | null;
            groups_claim?: string | null;
            mappings?: components["schemas"]["GroupMapping"][] | null;
            name?: string | null;
            scopes?: string | null;
        };
        /** @description What a change would do. */
        Impact: {
            /**
             * Format: int64
             * @description Live connections that would be closed. Absent where it cannot be known: an engine does not
             *     answer in time, or there is too much to look at, or it depends on what servers do not show.
             */
            connections_closed?: number | null;
            effective?: null | components["schemas"]["EffectiveRights"];
            imports_broken: components["schemas"]["BrokenImports"];
        };
        /** @description Something that an account takes from another. */
        Import: {
            /** @description The importing account's id. */
            account: string;
            /** Format: date-time */
            created_at: string;
            details: components["schemas"]["ImportDetails"];
            /** @description The exporting account's slug. */
            exporter: string;
            /** @example imp_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            kind: components["schemas"]["Kind"];
            /** @description Whether every server knows of it. */
            live: boolean;
            /** @description Where it appears in the importing account. */
            local_subject: string;
            name: string;
            status: components["schemas"]["ImportStatus"];
            /** @description The exporter's subject. */
            subject: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description What an import says besides its subjects. */
        ImportDetails: {
            /**
             * @description Let message traces of the exporter in. Streams only.
             * @default false
             */
            allow_trace?: boolean;
            /**
             * @description Tell the exporter who asks. Services only.
             * @default false
             */
            share?: boolean;
        };
        /** @description What became of a bundle. */
        Imported: {
            accounts: components["schemas"]["ImportedAccount"][];
            /** @description What was left out or changed, and why. */
            notes: string[];
        };
        /** @description What became of an account. */
        ImportedAccount: {
            /** @description Whether it was here before; then its claims were left as they are. */
            existing: boolean;
            id: string;
            /** @description As its claims call it. */
            name: string;
            public_key: string;
            /** @description Whether no seed of it is known: nobody can be given credentials for it here. */
            read_only: boolean;
            /** @description Names it in URLs; made from its name. */
            slug: string;
            /** @description Users that are new here. */
            users: number;
        };
        /** @description Changes to an import; what is absent stays. What it takes, and from whom, stays in any case. */
        ImportPatch: {
            details?: null | components["schemas"]["ImportDetails"];
            /**
             * @description Where it appears; null: the exporter's subject.
             * @example acme.orders.>
             */
            local_subject?: string | null;
            /** @description null: the exporter's subject. */
            name?: string | null;
        };
        /** @description A request to import. */
        ImportRequest: {
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            decided_at?: string | null;
            /** @description The export's id. */
            export: string;
            /** @description The slug of the account that is asked. */
            exporter: string;
            /** @example ireq_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description The import that came of it; only the importing account sees it. */
            import?: string | null;
            /** @description The slug of the account that asks. */
            importer: string;
            kind: components["schemas"]["Kind"];
            /** @description Where it appears in the importing account; only that account sees it. */
            local_subject?: string | null;
            /** @description For the other side. */
            message: string;
            /** @description Why it was denied. */
            reason?: string;
            /** @description `pending`, `approved`, `denied` or `withdrawn`. */
            state: string;
            /** @description The exporter's subject. */
            subject: string;
        };
        /** @description An import in a manifest. Exporter, subject and kind are what it is known by. */
        ImportSpec: {
            /** @description Id, nkey or slug of the exporting account. */
            account: string;
            details?: components["schemas"]["ImportDetails"];
            kind: components["schemas"]["Kind"];
            /** @description Where it appears; the exporter's subject when absent. */
            local_subject?: string | null;
            /** @description The subject when absent. */
            name?: string | null;
            /**
             * @description Ask for it with this message when it is advertised but not permitted yet. Without it, what
             *     is not permitted is refused.
             */
            request?: string | null;
            subject: string;
        };
        /**
         * @description Whether the exporter's claims let the import through now.
         * @enum {string}
         */
        ImportStatus: "active" | "unavailable";
        /** @description An import that the subject falls under. */
        ImportWay: {
            /** @description The exporting account's nkey. */
            account: string;
            /** @description Whether anything goes this way. */
            active: boolean;
            /** @description `service`: a request is carried there. `stream`: messages come from there. */
            kind: string;
            local_subject: string;
            remote_subject: string;
        };
        /** @description The installation's settings. */
        InstallationSettings: {
            /** @description Whether everybody needs a second factor, not only who acts for the platform. */
            require_second_factor: boolean;
            /**
             * Format: int64
             * @description A session ends after this time without a request.
             * @example 43200
             */
            session_idle_seconds: number;
            /**
             * Format: int64
             * @description A session ends after this time in any case.
             * @example 604800
             */
            session_seconds: number;
            /**
             * Format: date-time
             * @description Absent while all is as it was made.
             */
            updated_at?: string | null;
            /**
             * Format: int64
             * @description Counts their changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes; what is absent stays. */
        InstallationSettingsPatch: {
            require_second_factor?: boolean | null;
            /** Format: int64 */
            session_idle_seconds?: number | null;
            /** Format: int64 */
            session_seconds?: number | null;
        };
        /** @description An invitation that is open. */
        Invitation: {
            account?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Who made it. */
            created_by: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** @example inv_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            org?: string | null;
            role: string;
        };
        /** @description What an invitation gives. */
        InvitationPreview: {
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** @description Whether somebody with this email is here already: they accept with their own password. */
            is_known: boolean;
            /** @description The organisation's name. */
            org?: string | null;
            role: string;
        };
        /** @description A link's token. */
        InvitationToken: {
            token: string;
        };
        /** @description A credential that was given out. */
        Issuance: {
            /** @description Who asked for it. */
            actor: string;
            /**
             * Format: date-time
             * @description Absent: never.
             */
            expires_at?: string | null;
            /** @example iss_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** Format: date-time */
            issued_at: string;
            /** @description The key that signed it. */
            issuer: string;
            /** @description The JWT's id. */
            jti: string;
            /** @description `created`, `updated`, `rotated` or `short_lived`. */
            kind: string;
            /** @description The key it is for. */
            public_key: string;
            /** @description `active`, `expired`, `revoked`, or `untrusted` when its signing key is no more. */
            state: string;
        };
        /** @description The credential of a user that was made or changed: together with its seed, which its owner has. */
        IssuedUser: {
            /** @description The account's slug. */
            account: string;
            jwt: string;
            name: string;
            public_key: string;
        };
        /** @description Ceilings of JetStream: 0 is none, -1 unlimited. */
        JetStream: {
            /**
             * Format: int64
             * @default 0
             */
            consumers?: number;
            /**
             * Format: int64
             * @default 0
             */
            disk_bytes?: number;
            /**
             * Format: int64
             * @description Bytes of one stream on disk.
             * @default 0
             */
            disk_stream_bytes?: number;
            /**
             * Format: int64
             * @description Messages that a consumer may leave unacknowledged.
             * @default 0
             */
            max_ack_pending?: number;
            /**
             * @description Every stream must set `max_bytes`.
             * @default false
             */
            max_bytes_required?: boolean;
            /**
             * Format: int64
             * @default 0
             */
            memory_bytes?: number;
            /**
             * Format: int64
             * @description Bytes of one stream in memory.
             * @default 0
             */
            memory_stream_bytes?: number;
            /**
             * Format: int64
             * @default 0
             */
            streams?: number;
        };
        /**
         * @description What key an authority has.
         * @enum {string}
         */
        KeyKind: "p256" | "ed25519";
        /** @description Why a connection is closed, and for how long its user stays out. */
        Kick: {
            /**
             * Format: int32
             * @description How long the credentials in use are refused. A client whose are not is back at once.
             * @default 0
             */
            block_for_seconds?: number;
            /** @description For the audit trail; the client is not told. */
            reason?: string;
        };
        /** @description How many connections were closed. */
        Kicked: {
            connections: number;
            /** @description Names of engines that did not answer: connections there stay open. */
            unanswered: string[];
        };
        /**
         * @description Messages that flow out, or requests that are answered.
         * @enum {string}
         */
        Kind: "stream" | "service";
        /** @description Where latency samples go. */
        Latency: {
            /** @description A subject of the exporting account. */
            results: string;
            /**
             * Format: int32
             * @description Percent of the requests; those that carry a tracing header when absent.
             */
            sampling_percent?: number | null;
        };
        /** @description Ceilings of an account; -1 means unlimited. */
        Limits: {
            /** @description Whether users may log in with the JWT alone. */
            bearer_users: boolean;
            /**
             * Format: int64
             * @description How many seconds' worth may be saved up: 1 to 60.
             */
            burst_seconds: number;
            /**
             * Format: int64
             * @description Bytes that its clients may publish; who publishes more is held back.
             */
            bytes_per_second: number;
            /**
             * Format: int64
             * @description Client connections at a time.
             */
            connections: number;
            /**
             * Format: int64
             * @description Bytes in total.
             */
            data_bytes: number;
            /**
             * Format: int64
             * @description Exports that the account may have.
             */
            exports: number;
            /**
             * Format: int64
             * @description Imports that the account may have.
             */
            imports: number;
            /** @description JetStream without tiers. */
            jetstream: components["schemas"]["JetStream"];
            /** @description JetStream per replication tier: `R1`, `R3`. */
            jetstream_tiers: {
                [key: string]: components["schemas"]["JetStream"];
            };
            /**
             * Format: int64
             * @description Leaf node connections at a time.
             */
            leaf_connections: number;
            /**
             * Format: int64
             * @description Messages that its clients may publish; who publishes more is held back.
             */
            messages_per_second: number;
            /**
             * Format: int64
             * @description Bytes of one message.
             */
            payload_bytes: number;
            /**
             * Format: int64
             * @description Subscriptions of one connection.
             */
            subscriptions: number;
            /**
             * Format: int64
             * @description Subscriptions of all the account's connections together.
             */
            total_subscriptions: number;
            /**
             * Format: int64
             * @description Connections of one user at a time. This and what follows is obeyed by Tidegate's broker
             *     only, on each server.
             */
            user_connections: number;
            /** @description Whether exports may have wildcards. */
            wildcard_exports: boolean;
        };
        /** @description Limits to change; what is absent stays. JetStream is changed as a whole. */
        LimitsPatch: {
            bearer_users?: boolean | null;
            /** Format: int64 */
            burst_seconds?: number | null;
            /** Format: int64 */
            bytes_per_second?: number | null;
            /** Format: int64 */
            connections?: number | null;
            /** Format: int64 */
            data_bytes?: number | null;
            /** Format: int64 */
            exports?: number | null;
            /** Format: int64 */
            imports?: number | null;
            jetstream?: null | components["schemas"]["JetStream"];
            jetstream_tiers?: {
                [key: string]: components["schemas"]["JetStream"];
            } | null;
            /** Format: int64 */
            leaf_connections?: number | null;
            /** Format: int64 */
            messages_per_second?: number | null;
            /** Format: int64 */
            payload_bytes?: number | null;
            /** Format: int64 */
            subscriptions?: number | null;
            /** Format: int64 */
            total_subscriptions?: number | null;
            /** Format: int64 */
            user_connections?: number | null;
            wildcard_exports?: boolean | null;
        };
        /** @description One limit of an account, as in its `limits`, and what is used of it. */
        LimitUse: {
            /**
             * @description `connections`, `leaf_connections`, `total_subscriptions`, `imports`, `exports`, `disk_bytes`
             *     or `memory_bytes`.
             * @example connections
             */
            limit: string;
            /**
             * Format: int64
             * @description -1 is no limit. Absent where tiers have limits of their own.
             */
            max?: number | null;
            /**
             * Format: int64
             * @description On all servers together. Absent where no server can say: bytes of streams, where none keeps
             *     streams.
             */
            used?: number | null;
        };
        /** @description The desired state, as YAML or JSON. */
        Manifest: {
            accounts?: components["schemas"]["AccountSpec"][];
            /**
             * @description Names the manifest: what it made belongs to it, and is what `prune` deletes once the
             *     manifest does not say it any more.
             * @example production
             */
            name: string;
            orgs?: components["schemas"]["OrgSpec"][];
            plans?: components["schemas"]["PlanSpec"][];
            /**
             * Format: int32
             * @description 1.
             */
            version: number;
        };
        /** @description A field that is not as it was. */
        ManifestChange: {
            /**
             * @description JSON pointer into the thing as manifests say it.
             * @example /limits/connections
             */
            field: string;
            /** @description Absent: as by default. */
            from?: unknown;
            /** @description Absent: as by default. */
            to?: unknown;
        };
        /** @description Where messages on a mapped subject go. */
        MappingDestination: {
            /** @description Only in this cluster. */
            cluster?: string;
            /**
             * @description May use `{{wildcard(1)}}`, `{{partition(3,1)}}` and the like.
             * @example orders.v2.{{wildcard(1)}}
             */
            subject: string;
            /**
             * Format: int32
             * @description Percent of the messages; those of one mapping make 100 at most, the rest stays.
             * @default 100
             */
            weight?: number;
        };
        /** @description A person. */
        Member: {
            /** Format: date-time */
            created_at: string;
            disabled: boolean;
            email: string;
            /** @example mem_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** Format: date-time */
            last_sign_in_at?: string | null;
            /** @description What they may do, as far as the caller reaches. */
            memberships: components["schemas"]["Membership"][];
            name: string;
            /** @description The identity provider that vouches for them; absent for those with a password here. */
            provider?: string | null;
            /** @description Whether they have a second factor. */
            totp: boolean;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a person; what is absent stays. */
        MemberPatch: {
            /** @description Whether they are kept from signing in; their sessions and keys rest meanwhile. */
            disabled?: boolean | null;
            name?: string | null;
        };
        /** @description What a person may do somewhere. */
        Membership: {
            account?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Whether an identity provider gives it, and takes it. */
            from_provider: boolean;
            /** @example mbs_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            org?: string | null;
            role: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Another role. */
        MembershipPatch: {
            /** @description A built-in role's name, or an access role's id or name. */
            role: string;
        };
        /**
         * @description `code`: show a code. `enrolment`: make a second factor.
         * @enum {string}
         */
        NeededFactor: "code" | "enrolment";
        /** @description A new role. */
        NewAccessRole: {
            /** @example support */
            name: string;
            /** @description The organisation (id or slug); the caller's own when absent. */
            org?: string | null;
            /**
             * @example [
             *       "accounts:read",
             *       "users:read",
             *       "connections:write"
             *     ]
             */
            rights: string[];
        };
        /** @description A new account. */
        NewAccountBody: {
            limits?: null | components["schemas"]["LimitsPatch"];
            /** @description For people. */
            name: string;
            /** @description Id or slug of the organisation; the key's own, or `default`, when absent. */
            org?: string | null;
            /**
             * @description Id or slug of a plan; the default plan when absent, if there is one. Needs the
             *     right `limits:write`.
             */
            plan?: string | null;
            /** @description For URLs; derived from the name when absent. Unique in the installation. */
            slug?: string | null;
            /**
             * @description Id, nkey or slug of an account that is a template: its plan, limits, settings and roles are
             *     taken over, its users and sharing are not.
             */
            template?: string | null;
        };
        /** @description A new permission. */
        NewActivation: {
            /** @description The account that may import: its nkey, or its id or slug where the caller may see it. */
            account: string;
            /**
             * Format: int32
             * @description Never when absent.
             */
            expires_in_seconds?: number | null;
        };
        /** @description A new key. Without `org` and `account` it reaches as far as the key that makes it. */
        NewApiKey: {
            /** @description Bind it to this account (id, nkey or slug). */
            account?: string | null;
            /**
             * @description The networks (CIDR) or addresses that it may be used from; anywhere when absent.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            cidrs?: string[] | null;
            /**
             * Format: int32
             * @description 90 days when absent, a year at most.
             * @default 7776000
             */
            expires_in_seconds?: number | null;
            name: string;
            /** @description Bind it to this organisation (id or slug). */
            org?: string | null;
            /**
             * @description Narrow it to these rights of the role.
             * @example [
             *       "users:read"
             *     ]
             */
            rights?: string[] | null;
            /**
             * @description A built-in role's name, or an access role's id or name. The administrator's of the place
             *     when absent.
             * @example account_observer
             */
            role?: string | null;
            /** @description Make it a key of this service account (id), whose role and place it then has. */
            service_account?: string | null;
        };
        /** @description Who can open the backup: whoever knows the passphrase, or holds one of the keys. */
        NewBackup: {
            /** @description At least 12 characters. */
            passphrase?: string | null;
            /** @description Public keys that `age-keygen` printed (`age1…`). */
            recipients?: string[] | null;
        };
        /** @description A new authority. */
        NewDeviceAuthority: {
            /**
             * @description Id or name of the role that its devices have.
             * @example sensor
             */
            role: string;
        };
        /** @description A cluster to drive. */
        NewEngine: {
            /** @description What its certificates are checked against, in PEM; what the system trusts if absent. */
            ca?: string | null;
            /** @description A creds file of its system account. Absent: a short-lived user of our system account. */
            creds?: string | null;
            /**
             * @description `[a-z][a-z0-9-]{1,62}`, unique.
             * @example frankfurt
             */
            name: string;
            /**
             * @description Its servers: `nats://host:port` or `tls://host:port`.
             * @example [
             *       "nats://10.0.0.1:4222"
             *     ]
             */
            urls: string[];
        };
        /** @description An authority to take. */
        NewEnrolmentAuthority: {
            /** @description Whether its devices wait until somebody approves them: they do unless this is `false`. */
            approval?: boolean | null;
            /** @description The authority's certificate in PEM form. */
            certificate: string;
            /** @description What its devices may be called: a name, or one with a `*` in it. `*` when absent. */
            device_name?: string | null;
            name: string;
            /** @description Id or name of the role that its devices get. */
            role: string;
        };
        /** @description A new token. */
        NewEnrolmentToken: {
            /** @description Its devices wait until somebody approves them. */
            approval?: boolean;
            /**
             * @description The networks (CIDR) or addresses that it may be used from; anywhere when absent.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            cidrs?: string[] | null;
            /**
             * @description What its devices may be called: a name, or one with a `*` in it. `*` when absent.
             * @example pump-*
             */
            device_name?: string | null;
            /**
             * Format: int32
             * @description A week when absent, 90 days at most.
             * @default 604800
             */
            expires_in_seconds?: number | null;
            /**
             * Format: int32
             * @description How many devices may enrol with it: one when absent.
             * @default 1
             */
            max_uses?: number | null;
            /** @description For people; `device_name` when absent. */
            name?: string | null;
            /** @description Any number of devices may enrol with it. */
            reusable?: boolean;
            /**
             * @description Id or name of the role that its devices get.
             * @example sensor
             */
            role: string;
            /** @description Tags for its devices. */
            tags?: string[];
        };
        /** @description Tokens to make together. */
        NewEnrolmentTokens: {
            /** @description From 1 to 500. */
            tokens: components["schemas"]["NewEnrolmentToken"][];
        };
        /** @description A new export. */
        NewExport: {
            /** @description Show every account that it exists, so that they can ask for it. */
            advertised?: boolean;
            /** @description Ids, nkeys or slugs of the accounts that may import a private export. */
            allow?: string[];
            details?: components["schemas"]["ExportDetails"];
            kind: components["schemas"]["Kind"];
            /** @description The subject when absent. */
            name?: string | null;
            response_type?: null | components["schemas"]["ResponseType"];
            /** @example orders.> */
            subject: string;
            visibility?: components["schemas"]["Visibility"];
        };
        /** @description What to export. */
        NewExportOfTokens: {
            /**
             * @description Seeds too: of the operator's signing key, of accounts and of roles. Needs the right
             *     `secrets:read`, and is audited.
             */
            seeds?: boolean;
        };
        /** @description Who is to read everything that is told, and for how long. */
        NewFeedCreds: {
            /**
             * Format: int32
             * @description An hour when absent, a day at most. It cannot be revoked before.
             * @default 3600
             */
            expires_in_seconds?: number | null;
            /** @description Shows among the servers' connections; `reader` when absent. */
            name?: string | null;
            /** @description The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered. */
            public_key?: string | null;
        };
        /** @description A new provider. Register `/api/v1/sign-in/callback` there, below this console's address. */
        NewIdentityProvider: {
            /** @description Needs the right `system:write`. */
            allow_private?: boolean;
            client_id: string;
            /** @description Sealed, and never shown again. A public client has none. */
            client_secret?: string | null;
            /** @description `groups` when absent. */
            groups_claim?: string | null;
            /** @example https://id.example.org */
            issuer: string;
            mappings?: components["schemas"]["GroupMapping"][];
            /** @example Example SSO */
            name: string;
            /** @description The organisation (id or slug); the caller's own when absent. */
            org?: string | null;
            /** @description `openid email profile` when absent. */
            scopes?: string | null;
        };
        /** @description A new import. */
        NewImport: {
            /** @description Id, nkey or slug of the exporting account. */
            account: string;
            details?: components["schemas"]["ImportDetails"];
            kind: components["schemas"]["Kind"];
            /**
             * @description Where it appears; the exporter's subject when absent.
             * @example acme.orders.>
             */
            local_subject?: string | null;
            /** @description The subject when absent. */
            name?: string | null;
            /**
             * @description The exporter's subject, or a part of it.
             * @example orders.>
             */
            subject: string;
        };
        /** @description Tokens and seeds in any order, as tools keep them in files. */
        NewImportOfTokens: {
            /**
             * @description Give accounts whose seeds are missing a signing key of Tidegate's own; without one they are
             *     read-only.
             */
            adopt?: boolean;
            /** @description The organisation (id or slug) that the accounts will belong to; `default` when absent. */
            org?: string | null;
            /** @description Seeds of accounts and of their signing keys (`SA…`). They are sealed into the vault. */
            seeds?: string[];
            /**
             * @description JWTs of accounts and of users. The operator's too, when it is not ours: then the accounts
             *     are signed by ours from now on.
             */
            tokens: string[];
        };
        /** @description A new request: through a link, or for what an account advertises. */
        NewImportRequest: {
            /** @description Without a link: id, nkey or slug of the account that advertises it. */
            account?: string | null;
            kind?: null | components["schemas"]["Kind"];
            /**
             * @description The token of a share link.
             * @example tg_share_…
             */
            link?: string | null;
            /** @description Where it is to appear; the exporter's subject when absent. */
            local_subject?: string | null;
            /** @description For those who decide. */
            message?: string;
            /** @description The subject when absent. */
            name?: string | null;
            /** @description The exporter's subject, or a part of it; all of it when absent, which needs a link. */
            subject?: string | null;
        };
        /** @description Invites somebody. */
        NewInvitation: {
            /** @description The account (id, nkey or slug). */
            account?: string | null;
            /** @example ada@example.org */
            email: string;
            /**
             * Format: int32
             * @description A week when absent, 30 days at most.
             * @default 604800
             */
            expires_in_seconds?: number | null;
            /** @description The organisation (id or slug). */
            org?: string | null;
            /** @description A built-in role's name, or an access role's id or name. */
            role: string;
        };
        /** @description A role somewhere. */
        NewMembership: {
            /** @description The account (id, nkey or slug). */
            account?: string | null;
            /** @description The organisation (id or slug). */
            org?: string | null;
            /** @description A built-in role's name, or an access role's id or name. */
            role: string;
        };
        /** @description What a new signing key needs. */
        NewOperatorRotation: {
            /**
             * @description The seed of the operator's identity (`SO…`), from `recovery/operator.seed`. It is used for
             *     this request and not kept.
             */
            identity_seed: string;
        };
        /** @description A new organisation. */
        NewOrg: {
            /** @description For people. */
            name: string;
            /** @description For URLs; derived from the name when absent. */
            slug?: string | null;
        };
        /** @description A new password. */
        NewPassword: {
            current_password: string;
            /** @description 12 characters or more. */
            new_password: string;
        };
        /** @description A new plan. */
        NewPlan: {
            /** @description Whether new accounts get it when nobody says what they get: in the place of another plan. */
            default?: boolean;
            description?: string;
            /** @description Unlimited where absent. */
            limits?: components["schemas"]["LimitsPatch"];
            /** @description For people. */
            name: string;
            /** @description For URLs; derived from the name when absent. */
            slug?: string | null;
        };
        /** @description A new role. */
        NewRole: {
            bearer?: boolean;
            conditions?: components["schemas"]["Conditions"];
            description?: string;
            limits?: components["schemas"]["UserLimits"];
            /**
             * @description One literal subject token, unique in the account.
             * @example sensor
             */
            name: string;
            /**
             * @description Subjects may use `{{name()}}`, `{{subject()}}`, `{{tag(key)}}`, `{{account-name()}}`,
             *     `{{account-subject()}}` and `{{account-tag(key)}}`.
             */
            permissions?: components["schemas"]["UserPermissions"];
        };
        /** @description A new service account. Without `org` and `account` it reaches as far as its maker. */
        NewServiceAccount: {
            /** @description The account (id, nkey or slug). */
            account?: string | null;
            /** @example terraform */
            name: string;
            /** @description The organisation (id or slug). */
            org?: string | null;
            /** @description A built-in role's name, or an access role's id or name. */
            role: string;
        };
        /** @description A new link. */
        NewShareLink: {
            /** @description Who comes through it needs no further approval. */
            approve?: boolean;
            /**
             * Format: int32
             * @description A week when absent, 90 days at most.
             * @default 604800
             */
            expires_in_seconds?: number | null;
            /**
             * Format: int32
             * @description How often it may be used; once when absent, 0 for any number.
             * @default 1
             */
            max_uses?: number | null;
        };
        /** @description Who is to look after servers, and for how long. */
        NewSystemCreds: {
            /**
             * Format: int32
             * @description An hour when absent, a day at most. It cannot be revoked before.
             * @default 3600
             */
            expires_in_seconds?: number | null;
            /** @description Shows among the servers' connections; `operator` when absent. */
            name?: string | null;
            /** @description The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered. */
            public_key?: string | null;
        };
        /** @description Asks for a second factor. */
        NewTotp: {
            /** @description Of people who have one. */
            password?: string | null;
        };
        /** @description A new user. */
        NewUser: {
            /** @description Let the JWT alone log in, without a signature. */
            bearer?: boolean;
            conditions?: components["schemas"]["Conditions"];
            /**
             * Format: int32
             * @description A year when absent, and at most.
             * @default 31536000
             */
            expires_in_seconds?: number | null;
            limits?: components["schemas"]["UserLimits"];
            /**
             * @description One literal subject token, unique in the account.
             * @example orders
             */
            name: string;
            /** @description The credential does not expire. Its revocation would stay in the account's claims for good. */
            never_expires?: boolean;
            permissions?: components["schemas"]["UserPermissions"];
            /** @description The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered. */
            public_key?: string | null;
            /** @description Id or name of a role. Then the role says what the user may do, and nothing else may. */
            role?: string | null;
            /** @description `value` or `key:value`; roles may use them as `{{tag(key)}}`. */
            tags?: string[];
        };
        /** @description Users to make together. */
        NewUsers: {
            /** @description From 1 to 10,000. */
            users: components["schemas"]["NewUser"][];
        };
        /** @description A new webhook. Without `org` and `account` it hears of as much as its maker reaches. */
        NewWebhook: {
            /** @description The account (id, nkey or slug). */
            account?: string | null;
            /** @example billing */
            name: string;
            /** @description The organisation (id or slug). */
            org?: string | null;
            /**
             * @description Which events: `user.create`, `user.*`; all when absent or empty.
             * @example [
             *       "user.*",
             *       "account.suspend"
             *     ]
             */
            types?: string[];
            /**
             * @description Where to send events: `https://`, and no private address unless the installation allows it.
             * @example https://hooks.example.com/tidegate
             */
            url: string;
        };
        /** @description A provider that a sign-in page offers. */
        OfferedProvider: {
            id: string;
            name: string;
        };
        /** @description The ways to sign in beside email and password. */
        OfferedProviders: {
            data: components["schemas"]["OfferedProvider"][];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description Work that goes on after its request was answered. */
        Operation: {
            /** @description The account that it works in. */
            account?: string | null;
            /** @description Who asked for it. */
            actor: string;
            /** @description Somebody asked to cancel it; it ends before its next step. */
            cancel_requested: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            finished_at?: string | null;
            /** @example opn_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description `create_users`, `purge_account` or `backup`. */
            kind: string;
            links: components["schemas"]["OperationLinks"];
            org?: string | null;
            problem?: null | components["schemas"]["Problem"];
            progress: components["schemas"]["OperationProgress"];
            /** @description The request that asked for it. */
            request_id: string;
            /** @description What it made, without secrets; absent until it has succeeded. */
            result?: Record<string, never> | null;
            /** Format: date-time */
            started_at?: string | null;
            /** @description `queued`, `running`, `succeeded`, `failed` or `cancelled`. */
            state: string;
            /** @description The id of what it is about. */
            target: string;
            to_take?: null | components["schemas"]["OperationSecrets"];
            trace_id?: string | null;
            /**
             * Format: int64
             * @description Counts its changes.
             */
            version: number;
        };
        /** @description Where to go from here: paths. */
        OperationLinks: {
            /** @description `POST` ends it; absent when it is too late. */
            cancel?: string | null;
            /** @description `POST` takes the credentials of the users that it made. */
            credentials?: string | null;
            /** @description `POST` takes the backup. */
            file?: string | null;
            self: string;
        };
        /** @description How far it came. */
        OperationProgress: {
            /** Format: int64 */
            done: number;
            /**
             * Format: int64
             * @description Absent when nobody knows.
             */
            total?: number | null;
            /** @description `users`, `accounts` or `bytes`. */
            unit: string;
        };
        /** @description What can be taken out of it once, by whoever asked for it. */
        OperationSecrets: {
            /**
             * Format: int64
             * @description How much is left, in the units of `progress`.
             */
            left: number;
            /**
             * Format: date-time
             * @description From then on it is gone; absent until the operation has ended.
             */
            until?: string | null;
        };
        /** @description The operator. */
        Operator: {
            /** @description Where tools fetch and push account JWTs; a hint. */
            account_server_url: string;
            /** @description The lowest version of a server that may serve it; empty for any. */
            assert_server_version?: string;
            /** Format: date-time */
            created_at: string;
            /** @example op_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            /** @description The claims as servers take them. */
            operator_jwt: string;
            /** @description Its identity: an nkey. */
            public_key: string;
            /** @description Where clients connect; a hint for tools. */
            service_urls: string[];
            /** @description The key that signs accounts. */
            signing_key: string;
            /** @description Every key that servers are to trust. */
            signing_keys: string[];
            /** @description Whether identity keys, of operator and accounts, sign nothing but themselves. */
            strict_signing_key_usage: boolean;
            /** @description The id of the system account. */
            system_account: string;
            tags: string[];
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description What changes of the operator. */
        OperatorPatch: {
            account_server_url?: string | null;
            /**
             * @description The seed of the operator's identity (`SO…`), from `recovery/operator.seed`. It is used for
             *     this request and not kept.
             */
            identity_seed?: string | null;
            name?: string | null;
            service_urls?: string[] | null;
            strict_signing_key_usage?: boolean | null;
            tags?: string[] | null;
        };
        /** @description A change of the operator's signing key. */
        OperatorRotation: {
            /**
             * Format: int64
             * @description All accounts, and those whose claims the new key has signed.
             */
            accounts: number;
            /**
             * Format: int64
             * @description Claims that some engine has not taken yet.
             */
            accounts_behind: number;
            /** Format: int64 */
            accounts_signed: number;
            engines: components["schemas"]["EngineTrust"][];
            /** Format: date-time */
            finished_at?: string | null;
            /** @example opr_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            new_key: string;
            old_key: string;
            /**
             * @description `trusting`: servers learn the new key beside the old one; `signing`: accounts are signed
             *     with
             *     it; `pushing`: engines take those; `retiring`: servers forget the old key; `done`;
             *     `cancelled`.
             * @example trusting
             */
            stage: string;
            /**
             * Format: date-time
             * @description Since when it is at this stage.
             */
            stage_at: string;
            /** Format: date-time */
            started_at: string;
        };
        /** @description An organisation. */
        Org: {
            /** Format: date-time */
            created_at: string;
            /** @example org_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            slug: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to an organisation; what is absent stays. The slug stays. */
        OrgPatch: {
            name?: string | null;
        };
        /** @description An organisation in a manifest. */
        OrgSpec: {
            /** @description A new one is called by its slug unless it has a name. */
            name?: string | null;
            slug: string;
        };
        /** @description One page of a list. */
        Page_AccessRole: {
            data: {
                /** Format: date-time */
                created_at: string;
                /** @example acr_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                /** @description The organisation that it belongs to; a role without one can be given anywhere. */
                org?: string | null;
                /** @description Where it is given, only those that can be held there count. */
                rights: string[];
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Account: {
            data: {
                claims: components["schemas"]["ClaimsSize"];
                /** Format: date-time */
                created_at: string;
                description: string;
                /** @description Why it is not live, when a server said so. */
                engine_error?: string | null;
                /**
                 * Format: int64
                 * @description Counts the claims that were minted for it.
                 */
                generation: number;
                /** @example acct_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                limits: components["schemas"]["Limits"];
                /** @description Whether every server holds the claims that were minted last. */
                live: boolean;
                name: string;
                /** @description The organisation that owns it. */
                org: string;
                /** @description The id of its plan. */
                plan?: string | null;
                /** @description Why it does not have the limits of its plan. */
                plan_error?: string | null;
                /** @description Its nkey. */
                public_key: string;
                /**
                 * Format: date-time
                 * @description When a deleted account is purged.
                 */
                purge_at?: string | null;
                /** @description The key that signs users without a role. */
                signing_key: string;
                /** @description Names the account in URLs. */
                slug: string;
                state: components["schemas"]["AccountState"];
                /** @description Why it is suspended, if it is. */
                suspend_reason?: string | null;
                tags: string[];
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts the changes of its settings; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Activation: {
            data: {
                /**
                 * Format: date-time
                 * @description Absent: never.
                 */
                expires_at?: string | null;
                export: string;
                /** @example act_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description The nkey of the account that may import. */
                importer: string;
                /** Format: date-time */
                issued_at: string;
                /** Format: date-time */
                revoked_at?: string | null;
                /** @description `active`, `expired` or `revoked`. */
                state: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_ApiKey: {
            data: {
                /** @description The account that it is bound to. */
                account?: string | null;
                /** @description The networks that it may be used from. */
                cidrs?: string[] | null;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at: string;
                /** @description How its token begins and ends. */
                hint: string;
                /** @example key_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /**
                 * Format: date-time
                 * @description To the minute.
                 */
                last_used_at?: string | null;
                /** @description The membership whose key it is: it can do what that person can. */
                membership?: string | null;
                name: string;
                /** @description The organisation that it is bound to. */
                org?: string | null;
                /** @description What it is narrowed to, of what the role gives. */
                rights?: string[] | null;
                /**
                 * @description A built-in role's name or an access role's id.
                 * @example account_admin
                 */
                role: string;
                /** @description The service account whose key it is. */
                service_account?: string | null;
                /**
                 * Format: int64
                 * @description Counts its changes.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_AuditEntry: {
            data: {
                /** @description The account that it concerns. */
                account?: string | null;
                /**
                 * @description `noun.verb`.
                 * @example user.create
                 */
                action: string;
                /** @description The id of the person or of the API key, or `system`. */
                actor: string;
                /** @description How it became. */
                after?: unknown;
                /** Format: date-time */
                at: string;
                /** @description How it was. */
                before?: unknown;
                /**
                 * @description Its chain (an account's id, or `platform`), its number in it, and the hash over it and all
                 *     before it.
                 */
                chain: string;
                /** @description What differs between `before` and `after`. */
                changes?: components["schemas"]["FieldChange"][];
                client_ip?: string | null;
                /** @description The id of the API key or the session that was used. */
                credential?: string | null;
                /** @description The change was only looked at: `?dry_run=true`. */
                dry_run?: boolean;
                hash: string;
                /** @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description The organisation that it concerns. */
                org?: string | null;
                /** Format: int64 */
                position: number;
                request_id?: string | null;
                /** @description The id of what was changed. */
                target: string;
                /**
                 * @description The trace that the request belongs to, which the logs name too.
                 * @example 0af7651916cd43dd8448eb211c80319c
                 */
                trace_id?: string | null;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Delivery: {
            data: {
                /** Format: int64 */
                attempts: number;
                /** Format: date-time */
                created_at: string;
                /**
                 * @description The event's id: the header `webhook-id`, the same in every attempt and replay.
                 * @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a
                 */
                event: string;
                /** @example dlv_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                last_attempt?: null | components["schemas"]["Attempt"];
                /**
                 * Format: date-time
                 * @description When it is tried next.
                 */
                next_attempt_at?: string | null;
                /** @description The delivery that this one repeats. */
                replay_of?: string | null;
                /**
                 * @description `waiting`, `delivered` or `failed`.
                 * @example delivered
                 */
                state: string;
                /**
                 * @description The event's type.
                 * @example user.create
                 */
                type: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Device: {
            data: {
                /** @description The account's id. */
                account: string;
                /**
                 * Format: int64
                 * @description How many connections it has now; only of one device, and when every engine answers.
                 */
                connections?: number | null;
                /** Format: date-time */
                created_at: string;
                description: string;
                /**
                 * Format: date-time
                 * @description When its last certificate ends; absent without one.
                 */
                expires_at?: string | null;
                /** @example dev_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                last_address?: string | null;
                /**
                 * Format: date-time
                 * @description When it enrolled, renewed or connected last.
                 */
                last_seen_at?: string | null;
                name: string;
                /** @description The role's id. */
                role: string;
                /** @description The id of the enrolment token, or of the authority of others, that it came with. */
                source: string;
                /** @description `pending`, `active`, `expired`, `disabled`, `revoked` or `rejected`. */
                state: string;
                tags: string[];
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_DeviceAuthority: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description PEM. */
                certificate: string;
                /** Format: date-time */
                created_at: string;
                /** @description SHA-256 of the certificate, in hex. */
                fingerprint: string;
                /** @example ca_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description `p256` or `ed25519`. */
                key_kind: string;
                /** @description Whether every server knows of it. */
                live: boolean;
                /** Format: date-time */
                not_after: string;
                /** @description The list of its revoked certificates, for those who do not ask our brokers. */
                revocation_list?: string | null;
                /** @description The role's id. */
                role: string;
                /**
                 * @description `active`: it signs; `retired`: what it has signed is good until `trusted_until`; `ended`;
                 *     `revoked`.
                 */
                state: string;
                /** Format: date-time */
                trusted_until?: string | null;
                /** Format: int64 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_DeviceCertificate: {
            data: {
                /** @description The id of the authority that signed it. */
                authority: string;
                /** @description PEM. */
                certificate: string;
                /** @description The device's id. */
                device: string;
                /** @example crt_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description `enrolled` or `renewed`. */
                kind: string;
                /** Format: date-time */
                not_after: string;
                /** Format: date-time */
                not_before: string;
                /** @description The user key of who logs in with it: the SHA-256 of its public key. */
                public_key: string;
                /** Format: date-time */
                revoked_at?: string | null;
                /** @description In hex. */
                serial: string;
                /** @description `active`, `expired` or `revoked`. */
                state: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_EnrolmentAuthority: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description Whether its devices wait until somebody approves them. */
                approval: boolean;
                /** @description PEM. */
                certificate: string;
                /** @description The common name that a certificate must have which proves possession. */
                challenge?: string | null;
                /** Format: date-time */
                created_at: string;
                /** @description What its devices may be called: a name, or one with a `*` in it. */
                device_name: string;
                /** @description SHA-256 of the certificate, in hex. */
                fingerprint: string;
                /** @example eca_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                /** @description The id of the role that its devices get. */
                role: string;
                /** @description `unproven` until a certificate for `challenge` shows that it is the account's; `active`. */
                state: string;
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_EnrolmentToken: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description Whether its devices wait until somebody approves them. */
                approval: boolean;
                /** @description The networks that it may be used from. */
                cidrs?: string[] | null;
                /** Format: date-time */
                created_at: string;
                /**
                 * @description What its devices may be called: a name, or one with a `*` in it.
                 * @example pump-*
                 */
                device_name: string;
                /** Format: date-time */
                expires_at: string;
                /** @description How the token begins and ends. */
                hint: string;
                /** @example tok_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /**
                 * Format: int64
                 * @description How many devices may enrol with it; any number when absent.
                 */
                max_uses?: number | null;
                name: string;
                /** @description The id of the role that its devices have. */
                role: string;
                /** @description `active`, `used`, `expired` or `revoked`. */
                state: string;
                /** @description Tags that its devices get. */
                tags: string[];
                /**
                 * Format: int64
                 * @description How many have.
                 */
                uses: number;
                /** Format: int64 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Event: {
            data: {
                account?: string | null;
                actor: string;
                /** Format: date-time */
                at: string;
                /** @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description What changed, as it became; of what was deleted, as it was. */
                object?: unknown;
                org?: string | null;
                request_id?: string | null;
                /** @description Its place in the order of events. */
                seq: string;
                /** @description The id of what changed. */
                target: string;
                /** @description The W3C trace that the request belonged to. */
                trace_id?: string | null;
                /**
                 * @description `noun.verb`.
                 * @example user.create
                 */
                type: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Export: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description Whether every account sees that it exists. */
                advertised: boolean;
                /** @description The accounts that may import a private export, as they were named. */
                allow: string[];
                /** Format: date-time */
                created_at: string;
                details: components["schemas"]["ExportDetails"];
                /** @example exp_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                kind: components["schemas"]["Kind"];
                /** @description Whether every server knows of it. */
                live: boolean;
                name: string;
                response_type?: null | components["schemas"]["ResponseType"];
                subject: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
                visibility: components["schemas"]["Visibility"];
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_IdentityProvider: {
            data: {
                /** @description Whether it may have a private address. */
                allow_private: boolean;
                client_id: string;
                /** Format: date-time */
                created_at: string;
                disabled: boolean;
                /** @description The claim of the ID token that names the groups. */
                groups_claim: string;
                /** @description Whether a client secret is kept, sealed. */
                has_client_secret: boolean;
                /** @example idp_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @example https://id.example.org */
                issuer: string;
                /** @description The first that fits counts at each place. */
                mappings: components["schemas"]["GroupMapping"][];
                name: string;
                /** @description The organisation whose people it vouches for; absent for the platform's. */
                org?: string | null;
                scopes: string;
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Import: {
            data: {
                /** @description The importing account's id. */
                account: string;
                /** Format: date-time */
                created_at: string;
                details: components["schemas"]["ImportDetails"];
                /** @description The exporting account's slug. */
                exporter: string;
                /** @example imp_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                kind: components["schemas"]["Kind"];
                /** @description Whether every server knows of it. */
                live: boolean;
                /** @description Where it appears in the importing account. */
                local_subject: string;
                name: string;
                status: components["schemas"]["ImportStatus"];
                /** @description The exporter's subject. */
                subject: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_ImportRequest: {
            data: {
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                decided_at?: string | null;
                /** @description The export's id. */
                export: string;
                /** @description The slug of the account that is asked. */
                exporter: string;
                /** @example ireq_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description The import that came of it; only the importing account sees it. */
                import?: string | null;
                /** @description The slug of the account that asks. */
                importer: string;
                kind: components["schemas"]["Kind"];
                /** @description Where it appears in the importing account; only that account sees it. */
                local_subject?: string | null;
                /** @description For the other side. */
                message: string;
                /** @description Why it was denied. */
                reason?: string;
                /** @description `pending`, `approved`, `denied` or `withdrawn`. */
                state: string;
                /** @description The exporter's subject. */
                subject: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Invitation: {
            data: {
                account?: string | null;
                /** Format: date-time */
                created_at: string;
                /** @description Who made it. */
                created_by: string;
                email: string;
                /** Format: date-time */
                expires_at: string;
                /** @example inv_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                org?: string | null;
                role: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Issuance: {
            data: {
                /** @description Who asked for it. */
                actor: string;
                /**
                 * Format: date-time
                 * @description Absent: never.
                 */
                expires_at?: string | null;
                /** @example iss_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** Format: date-time */
                issued_at: string;
                /** @description The key that signed it. */
                issuer: string;
                /** @description The JWT's id. */
                jti: string;
                /** @description `created`, `updated`, `rotated` or `short_lived`. */
                kind: string;
                /** @description The key it is for. */
                public_key: string;
                /** @description `active`, `expired`, `revoked`, or `untrusted` when its signing key is no more. */
                state: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Member: {
            data: {
                /** Format: date-time */
                created_at: string;
                disabled: boolean;
                email: string;
                /** @example mem_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** Format: date-time */
                last_sign_in_at?: string | null;
                /** @description What they may do, as far as the caller reaches. */
                memberships: components["schemas"]["Membership"][];
                name: string;
                /** @description The identity provider that vouches for them; absent for those with a password here. */
                provider?: string | null;
                /** @description Whether they have a second factor. */
                totp: boolean;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Operation: {
            data: {
                /** @description The account that it works in. */
                account?: string | null;
                /** @description Who asked for it. */
                actor: string;
                /** @description Somebody asked to cancel it; it ends before its next step. */
                cancel_requested: boolean;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                finished_at?: string | null;
                /** @example opn_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description `create_users`, `purge_account` or `backup`. */
                kind: string;
                links: components["schemas"]["OperationLinks"];
                org?: string | null;
                problem?: null | components["schemas"]["Problem"];
                progress: components["schemas"]["OperationProgress"];
                /** @description The request that asked for it. */
                request_id: string;
                /** @description What it made, without secrets; absent until it has succeeded. */
                result?: Record<string, never> | null;
                /** Format: date-time */
                started_at?: string | null;
                /** @description `queued`, `running`, `succeeded`, `failed` or `cancelled`. */
                state: string;
                /** @description The id of what it is about. */
                target: string;
                to_take?: null | components["schemas"]["OperationSecrets"];
                trace_id?: string | null;
                /**
                 * Format: int64
                 * @description Counts its changes.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Org: {
            data: {
                /** Format: date-time */
                created_at: string;
                /** @example org_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                slug: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Plan: {
            data: {
                /** Format: date-time */
                created_at: string;
                /** @description Whether new accounts get it when nobody says what they get. */
                default: boolean;
                description: string;
                /** @example plan_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                limits: components["schemas"]["Limits"];
                name: string;
                /**
                 * Format: int64
                 * @description Counts the changes of the limits.
                 */
                revision: number;
                /** @description Names the plan in URLs. */
                slug: string;
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Role: {
            data: {
                /** @description The account's id. */
                account: string;
                bearer: boolean;
                conditions: components["schemas"]["Conditions"];
                /** Format: date-time */
                created_at: string;
                description: string;
                /** @description A disabled role's users are out. */
                disabled: boolean;
                /** @example role_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                limits: components["schemas"]["UserLimits"];
                /** @description Whether every server knows of it. */
                live: boolean;
                name: string;
                permissions: components["schemas"]["UserPermissions"];
                /** @description Keys that signed its users before. */
                retired_keys: components["schemas"]["RetiredKey"][];
                /** @description The key that signs its users now. */
                signing_key: string;
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_ServiceAccount: {
            data: {
                account?: string | null;
                /** Format: date-time */
                created_at: string;
                /** @description Whether its keys rest. */
                disabled: boolean;
                /** @example sva_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                org?: string | null;
                /** @description A built-in role's name or an access role's id; its keys have it too. */
                role: string;
                /** Format: date-time */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Session: {
            data: {
                client_ip?: string | null;
                /** Format: date-time */
                created_at: string;
                /**
                 * Format: date-time
                 * @description It also ends when it was not used for a while (`/settings`).
                 */
                expires_at: string;
                /** @example ses_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description Whether it is the one that asks. */
                is_current: boolean;
                /**
                 * Format: date-time
                 * @description To the minute.
                 */
                last_seen_at: string;
                /** @description Whether a second factor was shown. */
                second_factor: boolean;
                user_agent?: string | null;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_SharedExport: {
            data: {
                description: string;
                /** @description The slug of the account that offers it. */
                exporter: string;
                /** @description The export's id. */
                id: string;
                kind: components["schemas"]["Kind"];
                name: string;
                /** @description Whether it can be imported without asking. */
                permitted: boolean;
                /** @description As this account may import it. */
                subject: string;
                tags: string[];
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_ShareLink: {
            data: {
                /** @description Whether who comes through it needs no further approval. */
                approve: boolean;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at: string;
                export: string;
                /** @description How its token begins and ends. */
                hint: string;
                /** @example link_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /**
                 * Format: int64
                 * @description How often it may be used; 0 is any number.
                 */
                max_uses: number;
                /** Format: int64 */
                uses: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_User: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description Whether the JWT alone logs in, without a signature. */
                bearer: boolean;
                /**
                 * Format: date-time
                 * @description Until when its credential is kept out by a kick.
                 */
                blocked_until?: string | null;
                conditions: components["schemas"]["Conditions"];
                /** Format: date-time */
                created_at: string;
                /**
                 * Format: date-time
                 * @description Absent: never.
                 */
                expires_at?: string | null;
                /** @example usr_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** Format: date-time */
                issued_at: string;
                limits: components["schemas"]["UserLimits"];
                name: string;
                permissions: components["schemas"]["UserPermissions"];
                /** @description Its nkey. Short-lived credentials have keys of their own. */
                public_key: string;
                /**
                 * Format: date-time
                 * @description What was issued to its key then or before is revoked, its credential among it.
                 */
                revoked_at?: string | null;
                /** @description The id of its role, whose permissions, limits and conditions it has. */
                role?: string | null;
                tags: string[];
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description One page of a list. */
        Page_Webhook: {
            data: {
                /** @description The account that it hears of. */
                account?: string | null;
                /** Format: date-time */
                created_at: string;
                /**
                 * Format: date-time
                 * @description Since when nothing gets through, although it is tried.
                 */
                failing_since?: string | null;
                /** @example whk_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                /**
                 * Format: date-time
                 * @description Until when the secret before the last rotation signs too.
                 */
                old_secret_until?: string | null;
                /** @description The organisation that it hears of. */
                org?: string | null;
                reason?: string | null;
                /**
                 * @description `active`; `paused` by somebody; `failed`: switched off, `reason` says why.
                 * @example active
                 */
                state: string;
                /** @description Which events: `user.create`, `user.*`; all when it is empty. */
                types: string[];
                /** Format: date-time */
                updated_at: string;
                /** @example https://hooks.example.com/tidegate */
                url: string;
                /**
                 * Format: int64
                 * @description Counts its changes; `If-Match: "<version>"` changes this one only.
                 */
                version: number;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many there are on all pages, 10000 at most; only with `total=true`.
             */
            total?: number | null;
            /** @description Whether there are more than `total`. */
            total_capped?: boolean | null;
        };
        /** @description Sets a new password with the link that somebody made for it. */
        PasswordReset: {
            /** @description 12 characters or more. */
            password: string;
            token: string;
        };
        /** @description A link that sets a new password: shown now and never again. */
        PasswordResetLink: {
            /** Format: date-time */
            expires_at: string;
            /**
             * @description The page of the console to open, below its address. What follows `#` reaches no server.
             *     Absent where the token is.
             * @example /password-reset#tg_rst_…
             */
            path?: string;
            /** @description Absent in a dry run, and in the replay of an answer that is older than ten minutes. */
            token?: string;
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description What is to be checked. */
        PermissionCheck: {
            action: components["schemas"]["CheckedAction"];
            /** @description The queue group of a subscription. */
            queue?: string | null;
            /** @example orders.new */
            subject: string;
            /** @description Id, nkey or name. Without it: a user that carries no permissions of its own. */
            user?: string | null;
        };
        /** @description Whether it is allowed, and what decided. */
        PermissionVerdict: {
            allowed: boolean;
            /**
             * @description What decided, for programs.
             * @example denied_by_rule
             */
            code: string;
            /** @description Deny rules that keep a part of an allowed subscription from being delivered. */
            filters: components["schemas"]["DecidingRule"][];
            /** @description What the account's imports make of the subject. */
            imports: components["schemas"]["ImportWay"][];
            /** @description The subjects that the account's mappings make of a published one. */
            mapped: string[];
            rule?: null | components["schemas"]["DecidingRule"];
            /**
             * @description What decided, for people.
             * @example denied by user U… pub.deny[2] "foo.>"
             */
            text: string;
        };
        /** @description Limits with a name. */
        Plan: {
            /** Format: date-time */
            created_at: string;
            /** @description Whether new accounts get it when nobody says what they get. */
            default: boolean;
            description: string;
            /** @example plan_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            limits: components["schemas"]["Limits"];
            name: string;
            /**
             * Format: int64
             * @description Counts the changes of the limits.
             */
            revision: number;
            /** @description Names the plan in URLs. */
            slug: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a plan; what is absent stays. */
        PlanPatch: {
            default?: boolean | null;
            description?: string | null;
            limits?: null | components["schemas"]["LimitsPatch"];
            name?: string | null;
        };
        /** @description A plan in a manifest. */
        PlanSpec: {
            /** @description Whether new accounts get it when nobody says what they get. */
            default?: boolean | null;
            description?: string | null;
            limits?: null | components["schemas"]["LimitsPatch"];
            /** @description A new one is called by its slug unless it has a name. */
            name?: string | null;
            slug: string;
        };
        /** @description How the devices of a role are dealt with. */
        Policy: {
            /** @description Whether every new device waits until somebody approves it. */
            approval: boolean;
            /**
             * Format: int64
             * @description How long a certificate is good: an hour to 366 days, a week unless somebody says so.
             */
            certificate_seconds: number;
            /**
             * Format: int64
             * @description How long after its end a certificate may still be renewed; 0: not at all.
             */
            grace_seconds: number;
            /** @description The kind of key that the role's next authority has: `p256` or `ed25519`. */
            key_kind: components["schemas"]["KeyKind"];
            /** @description Whether devices may have their key made here (EST `serverkeygen`). */
            server_keys: boolean;
        };
        /** @description The proof that an authority is the account's. */
        PossessionProof: {
            /**
             * @description A certificate that the authority has issued, with the challenge as its common name, in PEM
             *     form.
             */
            certificate: string;
        };
        /** @description What is wrong, in the shape of RFC 9457. */
        Problem: {
            /** @description The last part of `type`. */
            code: string;
            detail: string;
            /** @description The fields that are wrong, if fields are. */
            errors?: components["schemas"]["FieldError"][];
            /** @description Find this request in logs and audit with it. */
            request_id: string;
            /** Format: int32 */
            status: number;
            title: string;
            /** @description The trace that the request belongs to, which the logs name too. */
            trace_id?: string | null;
            /**
             * @description Names the kind of problem; stable.
             * @example urn:tidegate:problem:not_found
             */
            type: string;
        };
        /** @description An account whose claims an engine does not take. */
        RefusedAccount: {
            /** @description The account's id. */
            account: string;
            error: string;
            /** Format: int64 */
            failures: number;
            /**
             * Format: date-time
             * @description When it is tried again.
             */
            retry_at: string;
        };
        /** @description What a device asks for with its certificate. */
        Renewal: {
            /** @description A certificate request in PEM form, or its DER form in base64: for a new key, or the same. */
            csr: string;
        };
        /** @description Why a request is denied. */
        RequestDenial: {
            /** @description Who asked sees it. */
            reason?: string;
        };
        /** @description What happens to one thing. */
        ResourceChange: {
            /** @description The slug of the account that it lies in. */
            account?: string | null;
            action: components["schemas"]["Action"];
            fields?: components["schemas"]["ManifestChange"][];
            /** @description Absent for what a dry run would make. */
            id?: string | null;
            kind: components["schemas"]["Thing"];
            /**
             * @description What it is known by.
             * @example stream orders.>
             */
            name: string;
            /** @description Where the manifest says it; absent for what it says no more. */
            pointer?: string | null;
        };
        /**
         * @description How many answers a service gives.
         * @enum {string}
         */
        ResponseType: "singleton" | "stream" | "chunked";
        /** @description A signing key that was rotated out. */
        RetiredKey: {
            public_key: string;
            /**
             * Format: date-time
             * @description What it signed is good until then.
             */
            trusted_until: string;
        };
        /** @description Up to when credentials are revoked. */
        RevokeBefore: {
            /**
             * Format: date-time
             * @description Credentials issued then or earlier; now when absent, never later than now.
             */
            before?: string | null;
        };
        /** @description What was revoked. */
        Revoked: {
            /**
             * Format: date-time
             * @description What was issued then or before is refused from now on.
             */
            issued_until: string;
            /** @description Keys whose credentials were revoked; absent where all of them were. */
            keys?: string[] | null;
            live: boolean;
        };
        /** @description A certificate that was revoked. */
        RevokedDeviceCertificate: components["schemas"]["DeviceCertificate"] & {
            /** @description Whether every server has followed. */
            live: boolean;
        };
        /** @description A token that was revoked. */
        RevokedEnrolmentToken: components["schemas"]["EnrolmentToken"] & {
            /** @description The ids of the devices that were revoked with it. */
            devices_revoked: string[];
            /** @description Whether every server has followed. */
            live: boolean;
        };
        /** @description Something that a role can allow. */
        RightInfo: {
            /** @description `account`, `org` or `platform`: the least that a role must be held over to give it. */
            held_over: string;
            /** @example users:read */
            name: string;
        };
        /** @description What the users of a role may do. */
        Role: {
            /** @description The account's id. */
            account: string;
            bearer: boolean;
            conditions: components["schemas"]["Conditions"];
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description A disabled role's users are out. */
            disabled: boolean;
            /** @example role_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            limits: components["schemas"]["UserLimits"];
            /** @description Whether every server knows of it. */
            live: boolean;
            name: string;
            permissions: components["schemas"]["UserPermissions"];
            /** @description Keys that signed its users before. */
            retired_keys: components["schemas"]["RetiredKey"][];
            /** @description The key that signs its users now. */
            signing_key: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a role; what is absent stays. */
        RolePatch: {
            bearer?: boolean | null;
            conditions?: null | components["schemas"]["Conditions"];
            description?: string | null;
            disabled?: boolean | null;
            limits?: null | components["schemas"]["UserLimits"];
            name?: string | null;
            permissions?: null | components["schemas"]["UserPermissions"];
        };
        /** @description A role in a manifest. */
        RoleSpec: {
            bearer?: boolean;
            conditions?: components["schemas"]["Conditions"];
            description?: string;
            disabled?: boolean;
            limits?: components["schemas"]["UserLimits"];
            name: string;
            permissions?: components["schemas"]["UserPermissions"];
        };
        /** @description How a key is replaced. */
        RotateApiKey: {
            /**
             * Format: int32
             * @description 90 days when absent, a year at most.
             * @default 7776000
             */
            expires_in_seconds?: number | null;
            /**
             * Format: int32
             * @description How long the old token goes on working, so that it can be replaced in peace.
             * @default 86400
             */
            overlap_seconds?: number | null;
        };
        /** @description A key that was rotated, and what it leaves to be done. */
        RotatedKey: {
            /**
             * Format: int64
             * @description Credentials of the old key that have not expired: give their users new ones until then.
             */
            credentials_to_replace: number;
            live: boolean;
            old_key: components["schemas"]["RetiredKey"];
            /**
             * Format: int64
             * @description Revocations that the account's claims need no longer.
             */
            revocations_dropped: number;
            /** @description The key that signs from now on. */
            signing_key: string;
        };
        /** @description How a secret is replaced. */
        RotateWebhook: {
            /**
             * Format: int32
             * @description How long the old secret signs too, so that it can be replaced in peace.
             * @default 86400
             */
            overlap_seconds?: number | null;
        };
        /** @description How to change over to a new key. */
        Rotation: {
            /**
             * Format: int32
             * @description How long credentials of the old key stay good; 0 ends them at once, and takes their
             *     revocations out of the account's claims. A day when absent, 90 days at most.
             * @default 86400
             */
            overlap_seconds?: number | null;
        };
        /** @description A server of an engine. */
        ServerInfo: {
            id: string;
            name: string;
            version: string;
        };
        /** @description A program that calls the API. */
        ServiceAccount: {
            account?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Whether its keys rest. */
            disabled: boolean;
            /** @example sva_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            org?: string | null;
            /** @description A built-in role's name or an access role's id; its keys have it too. */
            role: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a service account and its keys; what is absent stays. */
        ServiceAccountPatch: {
            disabled?: boolean | null;
            name?: string | null;
            role?: string | null;
        };
        /** @description A signed-in browser. */
        Session: {
            client_ip?: string | null;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description It also ends when it was not used for a while (`/settings`).
             */
            expires_at: string;
            /** @example ses_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description Whether it is the one that asks. */
            is_current: boolean;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_seen_at: string;
            /** @description Whether a second factor was shown. */
            second_factor: boolean;
            user_agent?: string | null;
        };
        /** @description What a signed-in person's page has to know. */
        SessionIdentity: {
            /** @description The header `X-CSRF-Token` of every change. */
            csrf_token: string;
            email: string;
            /** @description The membership that the session acts under. */
            membership?: string | null;
            /** @description All that it could act under. */
            memberships: components["schemas"]["Membership"][];
            second_factor?: null | components["schemas"]["NeededFactor"];
            /** @description Whether the person has a second factor. */
            totp: boolean;
        };
        /** @description Which membership the session acts under. */
        SessionPatch: {
            /** @example mbs_01j9zc0m5k8w3v7x2q4r6t1y0a */
            membership: string;
        };
        /** @description An account's settings, and whether servers know of them. */
        SettingsView: components["schemas"]["AccountSettings"] & {
            /** @description Whether every server holds the claims that say so. */
            live: boolean;
        };
        /** @description Something that another account offers to this one. */
        SharedExport: {
            description: string;
            /** @description The slug of the account that offers it. */
            exporter: string;
            /** @description The export's id. */
            id: string;
            kind: components["schemas"]["Kind"];
            name: string;
            /** @description Whether it can be imported without asking. */
            permitted: boolean;
            /** @description As this account may import it. */
            subject: string;
            tags: string[];
        };
        /** @description A link through which accounts can ask for an export. */
        ShareLink: {
            /** @description Whether who comes through it needs no further approval. */
            approve: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            export: string;
            /** @description How its token begins and ends. */
            hint: string;
            /** @example link_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /**
             * Format: int64
             * @description How often it may be used; 0 is any number.
             */
            max_uses: number;
            /** Format: int64 */
            uses: number;
        };
        /** @description An import, as an edge of the graph. */
        SharingEdge: {
            /** @description Whether anything goes this way. */
            active: boolean;
            exporter: string;
            /** @description The import's id. */
            id: string;
            importer: string;
            kind: components["schemas"]["Kind"];
            /** @description Where it appears; only of the account that was asked about, and for platform admins. */
            local_subject?: string | null;
            /** @description Why not. */
            problem?: string | null;
            /** @description The exporter's subject. */
            subject: string;
        };
        /** @description Who takes what from whom. */
        SharingGraph: {
            /** @description The slugs of the accounts. */
            accounts: string[];
            imports: components["schemas"]["SharingEdge"][];
            /** @description Whether there are more imports than are shown. */
            truncated: boolean;
        };
        /** @description How long a short-lived credential is to hold. */
        ShortLived: {
            /**
             * Format: int32
             * @description An hour when absent, a day at most.
             * @default 3600
             */
            expires_in_seconds?: number | null;
            /** @description The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered. */
            public_key?: string | null;
        };
        /** @description Email, password and, where the person has one, a code of the second factor. */
        SignIn: {
            /** @example ada@example.org */
            email: string;
            password: string;
            /**
             * @description May also follow later, at `/session/totp/verify`.
             * @example 123456
             */
            totp?: string | null;
        };
        /**
         * @description In which steps usage is told.
         * @enum {string}
         */
        Step: "minute" | "hour" | "day";
        /** @description Subjects that are allowed and denied. */
        SubjectLists: {
            /** @default null */
            allow?: string[] | null;
            /** @default null */
            deny?: string[] | null;
        };
        /** @description How many things it is about. */
        Summary: {
            changed: number;
            created: number;
            deleted: number;
            /** @description Other accounts that were asked for something. */
            requested: number;
            unchanged: number;
        };
        /** @description Why an account is suspended. */
        Suspension: {
            /** @description The account's people see it. */
            reason?: string;
        };
        /** @description What runs here. */
        System: {
            /** @description `sqlite` or `postgresql`. */
            database: string;
            engines: components["schemas"]["Engine"][];
            /**
             * @description Where clients connect.
             * @example nats://127.0.0.1:4222
             */
            nats_url: string;
            /** @description The operator's nkey. */
            operator: string;
            server_name: string;
            version: string;
        };
        /** @description A user of the system account. */
        SystemCreds: {
            /** @description The creds file; absent when the key was the caller's own. */
            creds?: string | null;
            /** Format: date-time */
            expires_at: string;
            /** @description The user's JWT, when the key was the caller's own. */
            jwt?: string | null;
            name: string;
            public_key: string;
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /** @description Users that an operation made, with their credentials. */
        TakenUsers: {
            data: components["schemas"]["CreatedUser"][];
            /**
             * Format: int64
             * @description Users whose credentials are still to be taken: ask again.
             */
            left: number;
            /** @description What the replay of an answer that is older than ten minutes does not show any more. */
            withheld?: string[];
        };
        /**
         * @description What a thing is.
         * @enum {string}
         */
        Thing: "org" | "plan" | "account" | "auth_callout" | "role" | "export" | "import" | "user";
        /** @description How far the revocation of a token goes. */
        TokenRevocation: {
            /** @description Revoke the devices that came with it, too. */
            devices?: boolean;
        };
        /** @description A code. */
        TotpCode: {
            /** @example 123456 */
            code: string;
        };
        /** @description A seed for an authenticator, shown once. It counts when a code of it was verified. */
        TotpSeed: {
            /**
             * @description Base 32, as authenticators take it. Absent in the replay of an answer that is older than
             *     ten minutes.
             * @example JBSWY3DPEHPK3PXP
             */
            secret?: string;
            /** @example otpauth://totp/Tidegate:ada@example.org?secret=JBSWY3DPEHPK3PXP */
            url?: string;
            /** @description What a replay does not show any more. */
            withheld?: string[];
        };
        /** @description Traces of messages that carry a W3C `traceparent`. */
        TraceSettings: {
            /**
             * @description The subject that they are published on, without wildcards.
             * @example traces
             */
            destination: string;
            /**
             * Format: int32
             * @description Percent of those messages; all when absent.
             */
            sampling_percent?: number | null;
        };
        /** @description What was used. */
        Usage: {
            /** @description The oldest first. Steps in which nothing was used are left out. */
            data: components["schemas"]["UsagePoint"][];
            /** Format: date-time */
            from: string;
            grain: components["schemas"]["Step"];
            /** Format: date-time */
            to: string;
        };
        /** @description What an account has at this moment. */
        UsageNow: {
            /** Format: date-time */
            at: string;
            limits: components["schemas"]["LimitUse"][];
            /** @description Names of engines that did not say: their part is missing. */
            unanswered: string[];
        };
        /** @description What was used in one minute, hour or day. */
        UsagePoint: {
            /**
             * Format: date-time
             * @description Its begin.
             */
            at: string;
            /** Format: int64 */
            bytes_in: number;
            /** Format: int64 */
            bytes_out: number;
            /**
             * Format: int64
             * @description The most at a time on one server.
             */
            connections: number;
            /**
             * Format: int64
             * @description What its streams took on disk, with all replicas: the most at a time. Of an account only;
             *     absent where no server keeps streams.
             */
            disk_bytes?: number | null;
            /** @description For some time before nobody counted: this may belong to an earlier time. */
            gap: boolean;
            /**
             * Format: int64
             * @description The same in memory.
             */
            memory_bytes?: number | null;
            /**
             * Format: int64
             * @description What clients sent.
             */
            messages_in: number;
            /**
             * Format: int64
             * @description What clients were sent.
             */
            messages_out: number;
        };
        /** @description A login of an account. */
        User: {
            /** @description The account's id. */
            account: string;
            /** @description Whether the JWT alone logs in, without a signature. */
            bearer: boolean;
            /**
             * Format: date-time
             * @description Until when its credential is kept out by a kick.
             */
            blocked_until?: string | null;
            conditions: components["schemas"]["Conditions"];
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description Absent: never.
             */
            expires_at?: string | null;
            /** @example usr_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** Format: date-time */
            issued_at: string;
            limits: components["schemas"]["UserLimits"];
            name: string;
            permissions: components["schemas"]["UserPermissions"];
            /** @description Its nkey. Short-lived credentials have keys of their own. */
            public_key: string;
            /**
             * Format: date-time
             * @description What was issued to its key then or before is revoked, its credential among it.
             */
            revoked_at?: string | null;
            /** @description The id of its role, whose permissions, limits and conditions it has. */
            role?: string | null;
            tags: string[];
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description The users that are meant. */
        UserBatch: {
            /** @description Ids, nkeys or names; from 1 to 500, none of them twice. */
            users: string[];
        };
        /** @description Ceilings of a user within the account's own; -1 means no other than the account's. */
        UserLimits: {
            /**
             * Format: int64
             * @description How many seconds' worth may be saved up: 1 to 60; -1 is as the account.
             * @default -1
             */
            burst_seconds?: number;
            /**
             * Format: int64
             * @description Bytes that they may publish.
             * @default -1
             */
            bytes_per_second?: number;
            /**
             * Format: int64
             * @description Bytes in total.
             * @default -1
             */
            data_bytes?: number;
            /**
             * Format: int64
             * @description Messages that all connections with one credential may publish; who publishes more is held
             *     back.
             * @default -1
             */
            messages_per_second?: number;
            /**
             * Format: int64
             * @description Bytes of one message.
             * @default -1
             */
            payload_bytes?: number;
            /**
             * Format: int64
             * @default -1
             */
            subscriptions?: number;
            /**
             * Format: int64
             * @description Connections with one credential at a time. This and what follows is obeyed by Tidegate's
             *     broker only, on each server.
             * @default -1
             */
            user_connections?: number;
        };
        /**
         * @description Changes to a user; what is absent stays. A JWT cannot be changed: a new one is issued, and the
         *     older ones are revoked.
         */
        UserPatch: {
            bearer?: boolean | null;
            conditions?: null | components["schemas"]["Conditions"];
            /**
             * Format: int32
             * @description As before when absent.
             */
            expires_in_seconds?: number | null;
            limits?: null | components["schemas"]["UserLimits"];
            name?: string | null;
            permissions?: null | components["schemas"]["UserPermissions"];
            /** @description Id or name of a role; null takes the user out of its role. */
            role?: string | null;
            tags?: string[] | null;
        };
        /** @description What a user may do. An absent `allow` allows everything, an empty one nothing; `deny` wins. */
        UserPermissions: {
            /** @default null */
            allow_responses?: null | components["schemas"]["AllowResponses"];
            /** @default {} */
            publish?: components["schemas"]["SubjectLists"];
            /** @default {} */
            subscribe?: components["schemas"]["SubjectLists"];
        };
        /** @description A user's new key. */
        UserRotation: {
            /**
             * Format: int32
             * @description As long as before when absent; a year at most.
             */
            expires_in_seconds?: number | null;
            /** @description The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered. */
            public_key?: string | null;
        };
        /** @description A user in a manifest: always with a key of its own, whose seed stays with its owner. */
        UserSpec: {
            bearer?: boolean;
            conditions?: components["schemas"]["Conditions"];
            /**
             * Format: int32
             * @description How long a credential holds that is made because of this; a year when absent.
             */
            expires_in_seconds?: number | null;
            limits?: components["schemas"]["UserLimits"];
            name: string;
            /** @description The first credential does not expire. */
            never_expires?: boolean;
            permissions?: components["schemas"]["UserPermissions"];
            /** @description The user's nkey (`U…`). Another one than before rotates the user. */
            public_key: string;
            /** @description Name or id of a role. Then the role says what the user may do, and nothing else may. */
            role?: string | null;
            tags?: string[];
        };
        /** @description The vault: which keys there are, never the keys themselves. */
        Vault: {
            /** @description Whether that key lies in the data directory, where a copy of one is a copy of both. */
            key_beside_data: boolean;
            /** @description The data keys, the one that seals now or will seal next last. */
            keys: components["schemas"]["DataKey"][];
            /** @description Where the key is kept that wraps the data keys: `key_file`. */
            kms: string;
            /**
             * Format: int64
             * @description Secrets that are not sealed with the newest key yet.
             */
            waiting: number;
        };
        /** @description What a verification found. */
        Verdict: {
            /** @description Where chains do not hold, the first hundred. */
            breaks: components["schemas"]["Break"][];
            /** Format: int64 */
            chains: number;
            /** Format: int64 */
            entries: number;
            /** @description Whether every chain holds. */
            intact: boolean;
            /**
             * Format: int64
             * @description Entries that were written before there were chains: nothing vouches for them.
             */
            unchained: number;
        };
        /** @description What to verify. */
        Verification: {
            /**
             * @description Only this chain: an account's id, or `platform`.
             * @default null
             */
            chain?: string | null;
            /**
             * @description Heads that were kept elsewhere: the chains must still agree with them.
             * @default []
             */
            heads?: components["schemas"]["Head"][];
        };
        /**
         * @description Who may import.
         * @enum {string}
         */
        Visibility: "private" | "public";
        /** @description A URL to which events are sent, signed as Standard Webhooks has it. */
        Webhook: {
            /** @description The account that it hears of. */
            account?: string | null;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description Since when nothing gets through, although it is tried.
             */
            failing_since?: string | null;
            /** @example whk_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description Until when the secret before the last rotation signs too.
             */
            old_secret_until?: string | null;
            /** @description The organisation that it hears of. */
            org?: string | null;
            reason?: string | null;
            /**
             * @description `active`; `paused` by somebody; `failed`: switched off, `reason` says why.
             * @example active
             */
            state: string;
            /** @description Which events: `user.create`, `user.*`; all when it is empty. */
            types: string[];
            /** Format: date-time */
            updated_at: string;
            /** @example https://hooks.example.com/tidegate */
            url: string;
            /**
             * Format: int64
             * @description Counts its changes; `If-Match: "<version>"` changes this one only.
             */
            version: number;
        };
        /** @description Changes to a webhook; what is absent stays. */
        WebhookPatch: {
            name?: string | null;
            /** @description `active` or `paused`. `active` also switches on what has failed. */
            state?: string | null;
            types?: string[] | null;
            url?: string | null;
        };
        /** @description A delivery with what is sent. */
        WholeDelivery: components["schemas"]["Delivery"] & {
            /** @description The body of the request. */
            payload: unknown;
        };
    };
    responses: {
        /** @description The request cannot be read */
        BadRequest: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It contradicts what is there, or a request with the same key is in work */
        Conflict: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The credential may not do this */
        Forbidden: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It was there, and is not any more */
        Gone: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server failed; its log has the cause under the request id */
        Internal: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["CountedRateLimit"];
                "RateLimit-Policy": components["headers"]["CountedRateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description This listener does not answer to the name in `Host` */
        Misdirected: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["CountedRateLimit"];
                "RateLimit-Policy": components["headers"]["CountedRateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nothing of that name is visible to the credential */
        NotFound: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It is not what `If-Match` says any more */
        PreconditionFailed: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `If-Match` is missing */
        PreconditionRequired: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large */
        TooLarge: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests */
        TooManyRequests: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "Retry-After": components["headers"]["RetrySoon"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No credential, or none that is good now */
        Unauthorized: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something that the server needs is away, or it is too busy */
        Unavailable: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["CountedRateLimit"];
                "RateLimit-Policy": components["headers"]["CountedRateLimitPolicy"];
                "Retry-After": components["headers"]["RetrySoon"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It can be read, but not carried out: `errors` names the fields */
        Unprocessable: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is of another type than is needed */
        UnsupportedMediaType: {
            headers: {
                "Cache-Control": components["headers"]["CacheControl"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                traceparent: components["headers"]["Traceparent"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description A name for the request in logs, audit and errors, instead of ours */
        RequestId: string;
        /** @description The trace that the request belongs to (W3C Trace Context) */
        Traceparent: string;
    };
    requestBodies: never;
    headers: {
        /** @description It has a secret: nobody may keep it */
        CacheControl: "no-store";
        /**
         * @description What is left of the share, where the request was counted
         * @example "credential";r=999;t=1
         */
        CountedRateLimit: string;
        /**
         * @description The share, where the request was counted
         * @example "credential";q=1000;w=1
         */
        CountedRateLimitPolicy: string;
        /** @description Nothing was changed: `impact` says what would be */
        DryRun: "true";
        /**
         * @description The version that it has now, for `If-Match`; absent in a dry run
         * @example "7-0a1b2c3d4e5f6071"
         */
        ETag: string;
        /** @description This is the first answer to this `Idempotency-Key`, once more */
        IdempotencyReplayed: "true";
        /**
         * @description Where to go on
         * @example /api/v1/operations/opn_01j9zc0m5k8w3v7x2q4r6t1y0a
         */
        Location: string;
        /** @description The work goes on after the answer */
        PreferenceApplied: "respond-async";
        /**
         * @description What is left of the share: `r` requests, and `t` seconds until there are more
         * @example "credential";r=999;t=1
         */
        RateLimit: string;
        /**
         * @description The share: `q` requests in `w` seconds, of the credential or the address
         * @example "credential";q=1000;w=1
         */
        RateLimitPolicy: string;
        /**
         * @description Names the request in logs, audit and errors
         * @example req_01j9zc0m5k8w3v7x2q4r6t1y0a
         */
        RequestId: string;
        /** @description Seconds until it is worth asking again */
        RetryAfter: number;
        /** @description Seconds to wait */
        RetrySoon: number;
        /**
         * @description The session's cookie, or the end of it; a replay after ten minutes has none
         * @example tidegate_session=…; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800
         */
        SetCookie: string;
        /**
         * @description Stands for what is answered: `If-None-Match`
         * @example "7-0a1b2c3d4e5f6071"
         */
        Tag: string;
        /**
         * @description The trace of the request's `traceparent`, and our part of it
         * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
         */
        Traceparent: string;
        /** @description How to show a credential */
        WwwAuthenticate: "Bearer";
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_access_roles: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AccessRole"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_access_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccessRole"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRole"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_access_role: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                access_role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRole"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_access_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                access_role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_access_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                access_role: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["AccessRolePatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRole"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_built_in_roles: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BuiltInRoles"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_accounts: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Only these; may be repeated */
                "filter[plan]"?: string;
                /** @description Only these; may be repeated */
                "filter[public_key]"?: string;
                /** @description Only these; may be repeated */
                "filter[slug]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: "active" | "suspended";
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `slug`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "slug" | "-slug";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Account"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccountBody"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_account: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["AccountPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    apply_to_account: {
        parameters: {
            query?: {
                /**
                 * @description Let what the manifest says belong to it, whoever made it: it may change what another
                 *     manifest made, and `prune` finds it later.
                 */
                adopt?: boolean;
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
                /** @description Delete what this manifest made and does not say any more, as DELETE would. */
                prune?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The `plan` of a dry run, quoted: exactly that is done, or nothing */
                "If-Match"?: string | null;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Manifest"];
                "application/yaml": components["schemas"]["Manifest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_auth_callout: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthCallout"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    set_auth_callout: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuthCalloutSpec"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthCallout"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_auth_callout: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthCallout"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_claims: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountClaims"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_connections: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
                /**
                 * @description Connections of each server to leave out. Deprecated: of several servers each has its own;
                 *     go on with `cursor`.
                 */
                offset?: number;
                /** @description `open`, `closed` (those that servers remember) or `all`; open ones when absent. */
                state?: string;
                /** @description Id, nkey or name of a user; an nkey may also be one of a short-lived credential. */
                user?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connections"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    kick_connection: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                connection: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Kick"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kicked"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_denials: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Denials"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_device_authorities: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DeviceAuthority"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_device_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDeviceAuthority"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAuthority"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device_authority: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAuthority"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_device_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAuthority"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_device_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAuthority"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device_summary: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceSummary"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_devices: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[role]"?: string;
                /** @description Only these; may be repeated */
                "filter[source]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "expires_at" | "-expires_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Device"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    export_devices: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_device: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_device: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["DevicePatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    approve_device: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeviceApproval"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_device_certificates: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DeviceCertificate"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_device_certificate: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                certificate: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedDeviceCertificate"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    disable_device: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    enable_device: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    reject_device: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_enrolment_authorities: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_EnrolmentAuthority"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_enrolment_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolmentAuthority"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentAuthority"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_enrolment_authority: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentAuthority"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_enrolment_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_enrolment_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["EnrolmentAuthorityPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentAuthority"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    prove_enrolment_authority: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                authority: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PossessionProof"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentAuthority"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_enrolment_token_batch: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolmentTokens"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEnrolmentTokens"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_enrolment_tokens: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_EnrolmentToken"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_enrolment_token: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolmentToken"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEnrolmentToken"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_enrolment_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_enrolment_token: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TokenRevocation"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedEnrolmentToken"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_exports: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[kind]"?: string;
                /** @description Only these; may be repeated */
                "filter[subject]"?: string;
                /** @description Only these; may be repeated */
                "filter[visibility]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `subject`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "subject" | "-subject";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Export"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_export: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewExport"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_export: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_export: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_export: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["ExportPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_activations: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[importer]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Activation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_activation: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewActivation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedActivation"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_activation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                activation: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_activation: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                activation: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_share_links: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ShareLink"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_share_link: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewShareLink"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedShareLink"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_share_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
                /** @description Id */
                link: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareLink"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_share_link: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
                /** @description Id */
                link: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_import_requests: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[export]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ImportRequest"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_import_request: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewImportRequest"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRequest"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_import_request: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                import_request: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRequest"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    withdraw_import_request: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                import_request: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRequest"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_imports: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[exporter]"?: string;
                /** @description Only these; may be repeated */
                "filter[kind]"?: string;
                /** @description Only these; may be repeated */
                "filter[local_subject]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `local_subject`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "local_subject" | "-local_subject";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Import"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_import: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewImport"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_import: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                import: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_import: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                import: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_import: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                import: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["ImportPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_account_manifest: {
        parameters: {
            query?: {
                /** @description Users too: their names, keys and rights. */
                users?: boolean;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                    "application/yaml": string;
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    check_permission: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PermissionCheck"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PermissionVerdict"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    resume_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_all_users: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RevokeBefore"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revoked"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_roles: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[disabled]"?: boolean;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Role"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRole"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_role: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
                /** @description Delete the role's users with it. */
                force?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                role: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["RolePatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePolicy"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_device_policy: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                role: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["DevicePolicyPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePolicy"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_role: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id or name */
                role: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedKey"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_settings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_settings: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["AccountSettings"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_share_requests: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[export]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ImportRequest"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_share_request: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                share_request: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRequest"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    approve_share_request: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                share_request: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Approval"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approved"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    deny_share_request: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                share_request: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RequestDenial"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRequest"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_shared_with_me: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[kind]"?: string;
                /** @description Only these; may be repeated */
                "filter[subject]"?: string;
                /** @description Only these; may be repeated */
                "filter[visibility]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `subject`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "subject" | "-subject";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SharedExport"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_sharing_graph: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharingGraph"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedKey"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    suspend_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Suspension"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_usage: {
        parameters: {
            query?: {
                /** @description From then on; 60 steps ago when absent. */
                from?: string;
                /** @description `minute`, `hour` or `day`; by the hour when absent. */
                grain?: components["schemas"]["Step"];
                /** @description Until before then; now when absent. */
                to?: string;
                /** @description Id, nkey or name of a user; all of the account when absent. */
                user?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_usage_csv: {
        parameters: {
            query?: {
                /** @description From then on; 60 steps ago when absent. */
                from?: string;
                /** @description `minute`, `hour` or `day`; by the hour when absent. */
                grain?: components["schemas"]["Step"];
                /** @description Until before then; now when absent. */
                to?: string;
                /** @description Id, nkey or name of a user; all of the account when absent. */
                user?: string;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_usage_now: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageNow"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_user_batch: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description `respond-async` answers 202 with an operation at once, and the work goes on */
                Prefer?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUsers"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUsers"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description They are being made */
            202: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["PreferenceApplied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_user_batch: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserBatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedUsers"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_user_batch: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserBatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedUsers"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_user_batch: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserBatch"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUsers"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[bearer]"?: boolean;
                /** @description Only those whose `expires_at` is before this time, which then is the order */
                "filter[expires_before]"?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[public_key]"?: string;
                /** @description Only these; may be repeated */
                "filter[role]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "expires_at" | "-expires_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_User"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_user: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_user: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_user: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_user_creds: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ShortLived"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_issuances: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Issuance"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    kick_user: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Kick"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kicked"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_effective_permissions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EffectiveRights"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revoke_user: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revoked"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_user: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UserRotation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_api_keys: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApiKey"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_api_key: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_api_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_api_key: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_api_key: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateApiKey"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    apply: {
        parameters: {
            query?: {
                /**
                 * @description Let what the manifest says belong to it, whoever made it: it may change what another
                 *     manifest made, and `prune` finds it later.
                 */
                adopt?: boolean;
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
                /** @description Delete what this manifest made and does not say any more, as DELETE would. */
                prune?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The `plan` of a dry run, quoted: exactly that is done, or nothing */
                "If-Match"?: string | null;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Manifest"];
                "application/yaml": components["schemas"]["Manifest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[action]"?: string;
                /** @description Only these; may be repeated */
                "filter[actor]"?: string;
                /** @description Only these; may be repeated */
                "filter[target]"?: string;
                /** @description Only these; may be repeated */
                "filter[trace_id]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditEntry"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    export_audit_csv: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[action]"?: string;
                /** @description Only these; may be repeated */
                "filter[actor]"?: string;
                /** @description Only these; may be repeated */
                "filter[target]"?: string;
                /** @description Only these; may be repeated */
                "filter[trace_id]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    export_audit_ndjson: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[action]"?: string;
                /** @description Only these; may be repeated */
                "filter[actor]"?: string;
                /** @description Only these; may be repeated */
                "filter[target]"?: string;
                /** @description Only these; may be repeated */
                "filter[trace_id]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_audit_heads: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heads"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    verify_audit: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Verification"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verdict"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    backup: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description `respond-async` answers 202 with an operation at once, and the work goes on */
                Prefer?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBackup"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            /** @description It is being made */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["PreferenceApplied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_deleted_accounts: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Only these; may be repeated */
                "filter[plan]"?: string;
                /** @description Only these; may be repeated */
                "filter[public_key]"?: string;
                /** @description Only these; may be repeated */
                "filter[slug]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: "active" | "suspended";
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `slug`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "slug" | "-slug";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Account"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_deleted_account: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                deleted: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    purge_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description `respond-async` answers 202 with an operation at once, and the work goes on */
                Prefer?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                deleted: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description It is being purged */
            202: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["PreferenceApplied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    undelete_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id, nkey or slug */
                deleted: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device_gate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceGate"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    open_device_gate: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceGate"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device_gate_authorities: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-pem-file": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_device_gate_conf: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_engines: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineList"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_engine: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEngine"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineDetails"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_engine: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or name */
                engine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineDetails"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_engine: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or name */
                engine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_engine: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or name */
                engine: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["EnginePatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineDetails"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_engine_conf: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    enroll_device: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Enrolment"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolled"];
                };
            };
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolled"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_event_feed: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventFeedView"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    open_event_feed: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventFeedView"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_event_feed_creds: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewFeedCreds"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedCreds"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[type]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Event"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    stream_events: {
        parameters: {
            query?: never;
            header?: {
                /** @description `seq` of the last one seen */
                "Last-Event-ID"?: string | null;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_identity_providers: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_IdentityProvider"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_identity_provider: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewIdentityProvider"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityProvider"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_identity_provider: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                identity_provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityProvider"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_identity_provider: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                identity_provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_identity_provider: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                identity_provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["IdentityProviderPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityProvider"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_invitations: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[email]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `email`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "email" | "-email";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Invitation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_invitation: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedInvitation"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_invitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_invitation: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    accept_invitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInvitation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    preview_invitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPreview"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_manifest: {
        parameters: {
            query?: {
                /** @description Users too: their names, keys and rights. */
                users?: boolean;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                    "application/yaml": string;
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_members: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[email]"?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[provider]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `email`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "email" | "-email" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Member"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_member: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_member: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_member: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["MemberPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_membership: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMembership"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_membership: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
                /** @description Id */
                membership: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_membership: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
                /** @description Id */
                membership: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_membership: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
                /** @description Id */
                membership: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["MembershipPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_password_reset: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordResetLink"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_member_totp: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_operations: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[actor]"?: string;
                /** @description Only these; may be repeated */
                "filter[kind]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Operation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_operation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancel_operation: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    take_operation_credentials: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TakenUsers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    take_operation_file: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_operator: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operator"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_operator: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["OperatorPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operator"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_operator_rotation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorRotation"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_operator: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOperatorRotation"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorRotation"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancel_operator_rotation: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorRotation"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_orgs: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[slug]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `slug`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "slug" | "-slug";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Org"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_org: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrg"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Org"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_org: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Org"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_org: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_org: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["OrgPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Org"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_org_manifest: {
        parameters: {
            query?: {
                /** @description Users too: their names, keys and rights. */
                users?: boolean;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                    "application/yaml": string;
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    reset_password: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_plans: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[slug]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `slug`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "slug" | "-slug";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Plan"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_plan: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPlan"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_plan: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                plan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_plan: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                plan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_plan: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id or slug */
                plan: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["PlanPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedPlan"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    renew_device: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Renewal"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolled"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_service_accounts: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ServiceAccount"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_service_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewServiceAccount"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccount"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_service_account: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                service_account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccount"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_service_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                service_account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_service_account: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                service_account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["ServiceAccountPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccount"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_personal_keys: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApiKey"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_personal_key: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_personal_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_personal_key: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_totp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTotp"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpSeed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_totp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    verify_totp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TotpCode"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Session"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_other_sessions: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_session: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_installation_settings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstallationSettings"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_installation_settings: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["InstallationSettingsPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstallationSettings"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_whole_sharing_graph: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharingGraph"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    finish_provider_sign_in: {
        parameters: {
            query?: {
                code?: string;
                error?: string;
                /** @description Who answers (RFC 9207). */
                iss?: string;
                state?: string;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Into the console */
            303: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_offered_providers: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description An organisation's slug; the platform's providers when absent */
                org?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OfferedProviders"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    start_provider_sign_in: {
        parameters: {
            query?: {
                /**
                 * @description A page of the console.
                 * @example /accounts
                 */
                return_to?: string;
            };
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                identity_provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To the provider */
            303: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Set-Cookie": components["headers"]["SetCookie"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_system: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_system_creds: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewSystemCreds"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemCreds"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    export_nats_server_conf: {
        parameters: {
            query?: never;
            header?: {
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    export_tokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewExportOfTokens"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    import_tokens: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewImportOfTokens"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_vault: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Vault"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_vault: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Vault"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_webhooks: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[account]"?: string;
                /** @description Only these; may be repeated */
                "filter[name]"?: string;
                /** @description Only these; may be repeated */
                "filter[org]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description The beginning of `name`, which then is the order */
                q?: string;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Webhook"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    create_webhook: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedWebhook"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_webhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_webhook: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it would do: a dry run */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        impact: components["schemas"]["Impact"];
                    };
                };
            };
            /** @description Done */
            204: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    update_webhook: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header: {
                /** @description The `ETag` or `"<version>"` that you saw, or `*` for any */
                "If-Match": string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    list_webhook_deliveries: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Only these; may be repeated */
                "filter[event]"?: string;
                /** @description Only these; may be repeated */
                "filter[state]"?: string;
                /** @description Only these; may be repeated */
                "filter[type]"?: string;
                /** @description Rows per page */
                limit?: number;
                /** @description Made at this time or later */
                since?: string;
                /** @description The order; with a `-` the other way round */
                sort?: "created_at" | "-created_at";
                /** @description Also count, up to 10000 */
                total?: boolean;
                /** @description Made before this time */
                until?: string;
            };
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delivery"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_webhook_delivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                delivery: string;
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeDelivery"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    replay_webhook_delivery: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                delivery: string;
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotate_webhook: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateWebhook"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    "Dry-Run": components["headers"]["DryRun"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedWebhook"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    test_webhook: {
        parameters: {
            query?: {
                /** @description Validate and show the impact, but change nothing: connections that would close (absent where that cannot be known), imports that would break, and what would be allowed then */
                dry_run?: boolean;
            };
            header?: {
                /** @description Carries the request out once, and answers repetitions for 24 hours with what was answered first */
                "Idempotency-Key"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @description Id */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Dry-Run": components["headers"]["DryRun"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"] & {
                        impact?: components["schemas"]["Impact"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    whoami: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that you have */
                "If-None-Match"?: string;
                /** @description The trace that the request belongs to (W3C Trace Context) */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description A name for the request in logs, audit and errors, instead of ours */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            /** @description You have it: `If-None-Match` */
            304: {
                headers: {
                    ETag: components["headers"]["Tag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    traceparent: components["headers"]["Traceparent"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
}
