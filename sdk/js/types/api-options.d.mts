export namespace apiOptions {
    let noInitWarn: boolean;
    namespace signedExtensions {
        namespace AuthorizeCall {
            let extrinsic: {};
            let payload: {};
        }
    }
}
